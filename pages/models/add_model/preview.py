"""The check picture and the mask beside it, drawn anew whenever a choice changes."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from configs.errors import UserError
from data import datasets, samples
from data.decode import NAMES, SUFFIXES, ImageError
from data.label_maps import label_histogram, overlay
from models.added import adding
from models.added.description import Description
from pages.models.add_model.candidate import Addition, Candidate
from pages.models.add_model.trial import Mask
from pages.shared.content import images
from pages.shared.content.class_legend import class_legend
from pages.shared.content.images import Picture
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.upload_limits import FILE_MB
from pages.shared.ui.uploader import uploader

SIDE = 1024
"""Longest side of the check picture, in pixels: enough for every usual input."""
OPACITY = 0.65
ONE_CLASS = 0.995
"""Share of one class from which a mask looks as if the input were wrong."""
DOUBTFUL_AGREEMENT = 0.99
LEGEND = 12
"""The most classes that are named below the mask."""


def suited(names: Sequence[str]) -> str:
    """Return the title of the sample picture that suits classes of these names best."""
    known = {name.lower() for name in names}
    spaces = [(datasets.get(name).kind, datasets.get(name).label_space.names) for name in datasets.names()]
    matches = [(len(known & set(space)), kind) for kind, space in spaces if kind is not None]
    most, kind = max(matches, key=lambda match: match[0], default=(0, None))
    return samples.pictures(kind if most > 1 else None)[0].title


def choose_picture(addition: Addition, names: Sequence[str]) -> Picture:
    """Draw the choice of the check picture, at first one that suits the classes, and return it."""
    pictures = {picture.name: picture for picture in images.sample_pictures()}
    if addition.picture is not None:
        pictures[addition.picture.name] = addition.picture
    options, first = list(pictures), suited(names)
    if "models_add_picture" not in st.session_state:
        st.session_state["models_add_picture"] = first
    with st.container(horizontal=True, vertical_alignment="bottom"):
        forget: dict[str, Any] = {"on_change": setattr, "args": (addition, "picture_problem", "")}
        kept: dict[str, Any] = {"key": "models_add_picture", "persist_state": "session"}
        chosen = st.selectbox("Check picture", options, width=300, **kept, **forget)
        with st.popover("Use your own", icon=":material/upload:"):
            uploader(
                f"A picture: {NAMES}",
                f"models_add_own_{addition.round}",
                lambda files: _take(addition, files[0]) if files else None,
                type=[suffix[1:] for suffix in SUFFIXES],
                max_upload_size=FILE_MB,
            )
    if addition.picture_problem:
        st.error(escape_markdown(addition.picture_problem), icon=":material/broken_image:")
    return pictures.get(chosen, pictures[first])


def _take(addition: Addition, file: UploadedFile) -> None:
    """Take an uploaded picture as the check picture."""
    content = file.getvalue()
    picture = Picture(hashlib.sha256(content).hexdigest(), f"{file.name} (yours)", "your picture", content=content)
    try:
        picture.pixels()
    except ImageError as error:
        addition.picture_problem = f"{error}."
        return
    addition.picture, addition.picture_problem = picture, ""
    st.session_state["models_add_picture"] = picture.name


def pixels_of(picture: Picture) -> NDArray[np.uint8]:
    """Return the check picture, ``(H, W, 3)`` RGB, at most ``SIDE`` pixels high and wide."""
    return images.shrink(picture.pixels(), SIDE)


def draw_mask(pixels: NDArray[np.uint8], mask: Mask) -> None:
    """Draw a mask over its picture, with the classes in it, the most frequent first."""
    space = mask.space
    shown = overlay(pixels, mask.labels, space, OPACITY)
    st.image(shown, caption=f"The mask, by {escape_markdown(mask.engine)}", width="stretch", alt="The mask")
    counts = label_histogram(mask.labels)[: len(space)]
    found = [int(ident) for ident in np.argsort(-counts, kind="stable") if counts[ident]]
    st.html(class_legend(space, found[:LEGEND]))
    if len(found) > LEGEND:
        st.caption(f"And {len(found) - LEGEND} more classes with fewer pixels.")
    if counts.max() >= ONE_CLASS * mask.labels.size and len(space) > 1:
        name = escape_markdown(space.names[found[0]])
        st.caption(f"Nearly everything is {name}: is the picture of the right kind, and are its values in range?")


def draw_agreement(candidate: Candidate, described: Description, picture: Picture) -> None:
    """Draw how many pixels get the same class on ONNX Runtime, where that can be asked; asked once per candidate."""
    if described.source.format != "onnx" or described.engine != "openvino" or not adding.has_onnxruntime():
        return
    if candidate.agreement is None and candidate.trial is not None:
        with st.spinner("Asking ONNX Runtime as well"):
            try:
                candidate.agreement = candidate.trial.agreement(described, picture.digest, pixels_of(picture))
            except UserError as error:
                candidate.agreement = str(error)
    same = candidate.agreement
    if isinstance(same, str):
        st.caption(f"Not compared with ONNX Runtime: {escape_markdown(same)}.")
    elif same is not None and same < DOUBTFUL_AGREEMENT:
        st.warning(
            f"ONNX Runtime gives only {same:.1%} of the pixels the same class. Choose it as the engine to get what the "
            "program that wrote the file gets.",
            icon=":material/warning:",
        )
    elif same is not None:
        st.caption(f"ONNX Runtime gives {same:.2%} of the pixels the same class.")
