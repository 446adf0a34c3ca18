"""How a model that came as a file is called, or where predictions came from: the description as table and YAML."""

import pandas as pd
import streamlit as st

from models.added import description, stored
from models.added.model import AddedModel
from models.added.stored import StoredPredictions
from pages.shared.content.config_table import flatten
from pages.shared.ui import cli_commands


def draw(model: AddedModel | StoredPredictions) -> None:
    """Draw the description of an added model, and the commands that use and remove it."""
    if isinstance(model, AddedModel):
        text = description.dump(model.description)
        st.caption(
            "Wrong colours or values of the input are the commonest reason for bad masks. To correct one, edit "
            f"`{model.path / description.FILE}`; the next picture uses it."
        )
    else:
        text = stored.dump(model.description)
        st.caption("These label maps came from another program. They are looked up, not computed.")
    left, right = st.columns([1, 1], gap="medium")
    with left:
        settings = flatten(model.description.model_dump(mode="json"), none="–")
        table = pd.DataFrame(settings.items(), columns=["Setting", "Value"]).astype(str)
        st.dataframe(table, hide_index=True, height="content", alt="Description of the model")
    with right:
        st.code(text, language="yaml")
    st.caption("On the command line:")
    st.code(f"{cli_commands.predict(model)}\n{cli_commands.remove(model)}", language="bash")
