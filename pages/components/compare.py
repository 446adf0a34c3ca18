"""The Compare page: pictures in, one panel per model out."""

import pandas as pd
import streamlit as st

from data.decode import SUFFIXES
from models.runs import Run
from pages.components import answers, emptiness
from pages.components.answers import Answer
from pages.components.frame import boundary, plain
from pages.components.picker import picker
from pages.components.pictures import MAX_UPLOADS, Picture
from pages.components.selection import Selection, selection
from pages.components.viewer import duration, viewer

FEW_MODELS = 8
"""Up to this many models, each has a button of its own; above, they are searched in a list."""


def compare() -> None:
    """Draw the page."""
    st.title("Compare", anchor=False)
    models = answers.usable()
    if not models:
        emptiness.no_models()
        return
    choice = selection()
    for problem in choice.follow_link(models):
        st.warning(plain(problem), icon=":material/link_off:")
    left, right = st.columns(2, gap="medium")
    with left:
        _upload(choice)
    picture = choice.shown(models)
    with right:
        chosen = _choose_models(choice, models, picture)
    picker(choice.pictures(), picture.digest, "picker", choice.choose, choice.remove)
    choice.write_link(picture, chosen)
    _show(picture, {name: models[name] for name in chosen})


def _upload(choice: Selection) -> None:
    """Draw the uploader. It hands every file on and starts empty again; the strip of pictures shows what is held."""
    key = f"uploader_{choice.round}"
    st.file_uploader(
        "Your pictures",
        type=[suffix[1:] for suffix in SUFFIXES],
        accept_multiple_files=True,
        key=key,
        on_change=lambda: choice.take(st.session_state[key]),
        help=f"Up to {MAX_UPLOADS} at once: JPEG, PNG, WebP, BMP, TIFF or GIF, up to 50 megapixels each.",
    )
    for problem in choice.problems:
        st.error(plain(problem), icon=":material/broken_image:")


def _choose_models(choice: Selection, models: dict[str, Run], picture: Picture) -> list[str]:
    """Draw the choice of models and return the chosen names, in the order of the models."""
    key = "models"
    chosen = choice.chosen(models, picture)
    st.session_state[key] = chosen

    def remember() -> None:
        choice.models = list(st.session_state[key])

    label, options, about = "Models", list(models), _models_help(models)
    if len(models) <= FEW_MODELS:
        st.pills(label, options, selection_mode="multi", key=key, on_change=remember, help=about, wrap=True)
    else:
        st.multiselect(label, options, key=key, on_change=remember, help=about)
    return [name for name in models if name in chosen]


def _models_help(models: dict[str, Run]) -> str:
    return "  \n".join(f"**{plain(name)}**: trained on {plain(run.dataset.title)}" for name, run in models.items())


def _show(picture: Picture, models: dict[str, Run]) -> None:
    """Draw the viewer and the table of shares; a model that fails is named, the others still answer."""
    found: list[tuple[str, Run, Answer]] = []
    if not models:
        st.info("Choose at least one model above to see what it makes of this picture.", icon=":material/touch_app:")
    for name, run in models.items():
        with boundary(f"The answer of {name}"), st.spinner(f"Asking {name} (the first time takes a little longer)"):
            found.append((name, run, answers.answer(picture, run)))
    with boundary("The viewer"):
        viewer(picture, found, key="viewer")
    if found:
        _shares(found)


def _shares(found: list[tuple[str, Run, Answer]]) -> None:
    """Draw the table of all models' shares, closed at first."""
    with st.expander("Shares and times as a table"):
        st.dataframe(
            shares_table(found),
            hide_index=True,
            column_config={
                "Share": st.column_config.NumberColumn(
                    format="percent", help="Part of the picture's pixels, counted on the label map shown above."
                ),
                "Time": st.column_config.TextColumn(
                    help="From the decoded picture to the label map, on this computer."
                ),
            },
        )


def shares_table(found: list[tuple[str, Run, Answer]]) -> pd.DataFrame:
    """Return the share of every class that a model found: one row per model and class, largest first."""
    rows = [
        {"Model": name, "Dataset": run.dataset.title, "Class": run.label_space.names[index], "Share": share}
        | {"Time": duration(answer.seconds)}
        for name, run, answer in found
        for index, share in sorted(enumerate(answer.shares), key=lambda pair: -pair[1])
        if share > 0
    ]
    return pd.DataFrame(rows, columns=["Model", "Dataset", "Class", "Share", "Time"])
