"""What the viewer's panels show, made from the models' answers."""

from models.runs.run import Run
from pages.compare.viewer.component import Panel, PanelClass, PanelObject, duration
from pages.shared.content.predictions import Answer


def model_panel(name: str, run: Run, answer: Answer) -> Panel:
    """Return the panel of one model's answer.

    Args:
        name: The name under which the model was chosen.
        run: The model.
        answer: What it says about the picture.
    """
    space = run.label_space
    return Panel(
        name,
        "model",
        note=run.dataset.title,
        space=run.dataset.name,
        size=answer.size,
        labels=answer.labels,
        confidence=answer.confidence,
        classes=tuple(
            PanelClass(index, space.names[index], space.colours[index], answer.shares[index]) for index in space.scored
        ),
        objects=_panel_objects(answer),
        time=duration(answer.seconds),
        time_note="From the decoded picture to the label map, on the computer that serves this page, computed in "
        f"{answer.precision}; measured when this answer was made.",
    )


def _panel_objects(answer: Answer) -> tuple[PanelObject, ...]:
    """Return the objects of an answer as parts of the picture."""
    height, width = answer.size
    return tuple(
        PanelObject(
            thing.ident,
            (thing.box[0] / width, thing.box[1] / height, thing.box[2] / width, thing.box[3] / height),
            thing.area / (height * width),
            thing.confidence,
        )
        for thing in answer.objects
    )
