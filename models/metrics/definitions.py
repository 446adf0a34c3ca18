"""What the scores of a split are called, and what they mean."""

SUMMARY = {
    "miou": (
        "mIoU",
        "IoU of each class, pooled over all images of the split at the masks' own size, averaged over those in it.",
    ),
    "pixel_accuracy": ("Pixel accuracy", "Share of the scored pixels with the right class."),
    "mean_accuracy": ("Mean accuracy", "Share of each class's pixels that is found, averaged over the classes."),
    "frequency_weighted_iou": ("Weighted IoU", "IoU averaged over the classes, each by its share of the pixels."),
    "boundary_iou": (
        "Boundary IoU",
        "IoU of the strips along the outlines, 2 % of the image's diagonal wide (Cheng et al. 2021).",
    ),
    "calibration_error": (
        "Calibration error",
        "Gap between confidence and accuracy, averaged over the pixels in 15 equal bins. 0 is perfect.",
    ),
}
"""Title and definition of every score of a split, in the order in which they are shown."""
DETECTION = {
    "map50": (
        "mAP50",
        "Area under the curve of precision against recall (all points, as in PASCAL VOC), averaged over the classes.",
    ),
    "precision": ("Precision", "Share of the predicted regions that find an object."),
    "recall": ("Recall", "Share of the objects that a region finds."),
}
"""Title and definition of every detection score."""
