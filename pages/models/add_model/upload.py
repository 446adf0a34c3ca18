"""The fields that a model comes in by: uploaded files, or a path on the server."""

import streamlit as st

from pages.models.add_model.candidate import Addition
from pages.shared.ui.layout import escape_markdown, sentence
from pages.shared.ui.uploader import uploader

FILES, PATH = "Upload", "Path on the server"


def draw(addition: Addition) -> None:
    """Draw the choice of where the model comes from, and its field."""
    if addition.problem:
        st.error(escape_markdown(sentence(addition.problem)), icon=":material/error:")
    st.markdown(
        "ONNX (`.onnx`, with its `.onnx.data` if there is one), OpenVINO IR (`.xml` with its `.bin`), TFLite, Keras "
        "(`.keras`, `.h5`), or a zip of one of these. Hugging Face's `config.json` and `preprocessor_config.json` "
        "answer most questions if they are added with the model. Nothing that a file brings along is run as a program."
    )
    source = st.segmented_control(
        "From", [FILES, PATH], default=FILES, required=True, key="models_add_source", label_visibility="collapsed"
    )
    if source == FILES:
        uploader(
            "All files of one model, together and under their own names",
            f"models_add_files_{addition.round}",
            lambda files: addition.begin(files=files) if files else None,
            accept_multiple_files=True,
            help="The names of the files are written inside the model, so renamed ones are not found. A larger model "
            "is added by its path.",
        )
    else:
        with st.form("models_add_path_form", border=False):
            path = st.text_input(
                "File, or folder of a SavedModel, on the computer that serves this page",
                key="models_add_path",
                help="Files that belong to it are found beside it. It is copied; the original stays.",
            )
            if st.form_submit_button("Look at it", icon=":material/search:") and path and path.strip():
                addition.begin(path=path)
                st.rerun()
