"""What the scores of a split are called, and what they mean."""

SUMMARY = {
    "miou": (
        "mIoU",
        "IoU of each class, pooled over all images of the split at the masks' own size, averaged over those in it.",
    ),
    "dice": ("Dice", "Dice coefficient (F1 of the pixels) of each class, pooled and averaged like mIoU."),
    "pixel_accuracy": ("Pixel accuracy", "Share of the scored pixels with the right class."),
    "mean_accuracy": ("Mean accuracy", "Share of each class's pixels that is found, averaged over the classes."),
    "frequency_weighted_iou": ("Weighted IoU", "IoU averaged over the classes, each by its share of the pixels."),
    "boundary_iou": (
        "Boundary IoU",
        "IoU of the strips along the outlines, 2 % of the image's diagonal wide (Cheng et al. 2021).",
    ),
    "boundary_f1": (
        "Boundary F1",
        (
            "F1 of the outlines' pixels; right are those within 0.75 % of the image's diagonal (at least a pixel) of "
            "an outline of their class. Pooled over the images, averaged over the classes (after Csurka et al. 2013)."
        ),
    ),
    "calibration_error": (
        "Calibration error",
        "Gap between confidence and accuracy, averaged over the pixels in 15 equal bins. 0 is perfect.",
    ),
    "adaptive_calibration_error": (
        "Adaptive calibration error",
        "The same gap in 15 bins of equally many pixels (after Nixon et al. 2019), cut from a histogram of 4095 bins.",
    ),
    "brier_score": (
        "Brier score",
        (
            "Squared error of the probabilities, summed over the classes, averaged over the pixels (Brier 1950): 0 is "
            "perfect, 2 the worst. Only for models that tell the probabilities of all classes."
        ),
    ),
}
"""Title and definition of every score of a split, in the order in which they are shown."""
OPTIONAL = ("dice", "boundary_f1", "adaptive_calibration_error", "brier_score")
"""The scores that a wide table leaves out unless they are asked for; each is close kin to another."""
CLASSES = {
    "iou": ("IoU", "Pixels of the class that are found, divided by those found, missed or wrongly predicted as it."),
    "dice": ("Dice", "Twice the pixels found, divided by those of truth and prediction together; F1 of the pixels."),
    "precision": ("Precision", "Share of the pixels predicted as the class that are right."),
    "recall": ("Recall", "Share of the class's pixels that are found."),
    "boundary_f1": (
        "Boundary F1",
        (
            "F1 of the outlines' pixels; right are those within 0.75 % of the image's diagonal (at least a pixel) of "
            "an outline of the class (after Csurka et al. 2013)."
        ),
    ),
}
"""Title and definition of every score of a class, pooled over the images of a split."""
ERRORS = {
    "boundary": (
        "Boundary",
        (
            "Along true outlines, within 0.75 % of the image's diagonal (at least a pixel); only for regions that are "
            "right in part."
        ),
    ),
    "confusion": (
        "Confusion",
        (
            "Another class took its place, or it took another's: the other's region is wrong as a whole, that is, not "
            "a pixel of it is right."
        ),
    ),
    "missed": ("Missed", "True regions of the class of which not a pixel is found; what surrounds them covers them."),
    "invented": ("Invented", "Predicted regions of the class that hold not a pixel of it, on objects that are found."),
    "interior": (
        "Interior",
        "All that remains: holes in regions that are right in part, and parts too many or too few.",
    ),
}
"""Title and definition of every kind of errors, in the order of ``models.metrics.error_kinds.Kind``; they add up."""
DETECTION = {
    "map50": (
        "mAP50",
        "Area under the curve of precision against recall (all points, as in PASCAL VOC), averaged over the classes.",
    ),
    "precision": ("Precision", "Share of the predicted regions that find an object."),
    "recall": ("Recall", "Share of the objects that a region finds."),
}
"""Title and definition of every detection score."""
