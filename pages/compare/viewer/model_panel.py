"""The viewer's panel of a model's prediction."""

from pages.compare.viewer.component import Panel, PanelClass, PanelObject, duration
from pages.compare.viewer.packing import in_base64
from pages.shared.content.predictions import ImagePrediction, ModelPrediction
from pages.shared.ui.layout import sentence


def model_panel(one: ModelPrediction) -> Panel:
    """Return the panel of one model's prediction."""
    prediction, space = one.prediction, one.run.label_space
    height, width = prediction.size
    verdict, verdict_note = familiarity(prediction)
    return Panel(
        one.name,
        "model",
        note=one.run.dataset.title,
        space=one.run.dataset.name,
        size=prediction.size,
        labels=in_base64(prediction.deflated_labels),
        confidence=None if prediction.deflated_confidence is None else in_base64(prediction.deflated_confidence),
        classes=tuple(
            PanelClass(index, space.names[index], space.colours[index], prediction.shares[index])
            for index in space.scored
        ),
        objects=tuple(
            PanelObject(
                region.ident,
                (region.box[0] / width, region.box[1] / height, region.box[2] / width, region.box[3] / height),
                region.area / (height * width),
                region.confidence,
            )
            for region in prediction.regions
        ),
        time=duration(prediction.seconds),
        time_note="From the decoded picture to the label map, on the computer that serves this page, with "
        f"{prediction.engine}; measured when the model predicted.",
        verdict=verdict,
        verdict_note=verdict_note,
    )


def familiarity(prediction: ImagePrediction) -> tuple[str, str]:
    """Return what to say if the picture is unlike those the model was trained on, and how that was found out.

    Both are empty if it is like them, or if the model was never meant to tell.
    """
    if prediction.familiarity_fault:
        return "Whether it is like the training pictures is unknown", f"{sentence(prediction.familiarity_fault)}."
    verdict = prediction.verdict
    if verdict is None or not verdict.unlike:
        return "", ""
    return "Unlike the pictures this model was trained on", (
        "Judged by how strongly the network's deepest levels respond: the picture's distance is "
        f"{verdict.distance:.2f}, and beyond {verdict.threshold:.2f} a picture counts as unlike. So do "
        f"{verdict.false_alarms:.1%} of the pictures that the model was evaluated on.".replace("%", " %")
    )
