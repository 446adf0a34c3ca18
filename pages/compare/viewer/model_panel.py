"""The viewer's panel of a model's prediction."""

from pages.compare.viewer.component import Panel, PanelClass, PanelObject, duration
from pages.compare.viewer.packing import in_base64
from pages.shared.content.predictions import ModelPrediction


def model_panel(one: ModelPrediction) -> Panel:
    """Return the panel of one model's prediction."""
    prediction, space = one.prediction, one.run.label_space
    height, width = prediction.size
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
    )
