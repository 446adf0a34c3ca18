"""How a model that came as a file is called, or where predictions came from: the description as table and YAML."""

import pandas as pd
import streamlit as st

from configs import paths
from configs.errors import UserError
from models.added import adding, description, stored
from models.added.model import AddedModel
from models.added.stored import StoredPredictions
from pages.models.messages import without_options
from pages.shared.content.config_table import flatten
from pages.shared.ui import cli_commands, tables, visitor
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState


def draw(state: PageState, model: AddedModel | StoredPredictions) -> None:
    """Draw the description of an added model, the commands that use and remove it, and buttons that change it."""
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
        tables.show(table, height="content", alt="Description of the model")
    with right:
        st.code(text, language="yaml")
    st.caption("On the command line:")
    st.code(f"{cli_commands.predict(model)}\n{cli_commands.remove(model)}", language="bash")
    if visitor.may_add() and model.path.parent == paths.runs_dir():
        with st.container(horizontal=True):
            _rename(state, model)
            _remove(model)


def _rename(state: PageState, model: AddedModel | StoredPredictions) -> None:
    """Draw the field for another name."""
    with st.popover("Rename", icon=":material/edit:"):
        about = "Letters, digits, _, - and ., at most 80. Links to the old name no longer lead here."
        new = st.text_input("New name", model.name, help=about, key=f"models_rename_{model.name}").strip()
        if st.button("Rename", key="models_rename", disabled=new in ("", model.name)):
            try:
                adding.rename(model.name, new)
            except UserError as error:
                raise UserError(without_options(str(error))) from error
            state.set("model", new)
            st.toast(f"{escape_markdown(model.name)} is now called {escape_markdown(new)}.")
            st.rerun()


def _remove(model: AddedModel | StoredPredictions) -> None:
    """Draw the removal, which asks first."""
    with st.popover("Remove", icon=":material/delete:"):
        st.markdown(f"Delete **{escape_markdown(model.name)}**, its files here and its scores, for good?")
        if st.button("Delete it", key="models_remove"):
            adding.remove(model.name)
            st.toast(f"{escape_markdown(model.name)} is deleted.")
            st.rerun()
