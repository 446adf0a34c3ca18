"""The form that adds a dataset from a folder on the computer that serves the page."""

from pathlib import Path
from typing import cast

import pandas as pd
import streamlit as st

from configs.errors import UserError
from data import datasets, formats
from data.added import adding, conventions, looking, report
from data.added.conventions import Convention
from data.added.looking import AUTO, Findings
from pages.shared.ui import cli_commands, tables, visitor
from pages.shared.ui.layout import error_boundary, escape_markdown, sentence
from pages.shared.ui.page_state import PageState
from pages.shared.ui.skipped_runs import expandable_list

_FOUND = "datasets_add_found"
"""Key of the latest inputs and findings in the visitor's session."""


def draw_add_form(state: PageState) -> None:
    """Draw the form, and which added datasets could not be read."""
    broken = [reason for _, reason in datasets.invalid()]
    count = len(broken)
    expandable_list(f"{count} {'description' if count == 1 else 'descriptions'} of a dataset could not be read", broken)
    with st.expander("Add a dataset", icon=":material/create_new_folder:"):
        st.markdown(
            "From a folder of pictures with masks or outlines. Nothing is copied: the dataset is described in a file "
            "beside the others, and the pictures are read from where they are. In a terminal:"
        )
        st.code(cli_commands.add_dataset(), language="bash")
        if visitor.may_add():
            with error_boundary("The form"):
                _draw_form(state)
        else:
            st.caption("On this server, datasets are added in a terminal only; \\$SEGDECK\\_ADDING=on allows it here.")


def _draw_form(state: PageState) -> None:
    """Draw the inputs; look at the folder when asked to, and show what was found."""
    folder = st.text_input("Folder on the computer that serves this page", key="datasets_add_folder")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.text_input("Name", placeholder="street_2", width=200, key="datasets_add_name")
        choices = [AUTO, *formats.names()]
        form = st.selectbox("Format", choices, format_func=_title, width=300, key="datasets_add_format")
        about = "A file on the same computer that names the classes, for masks that do not: text, CSV, JSON or YAML."
        classes = st.text_input("File that names the classes", help=about, width=300, key="datasets_add_classes")
        about = (
            "The number of the first class in the masks, where nothing but a list names it; with 1, 0 is not labelled."
        )
        first = st.selectbox(
            "First number",
            [None, *conventions.FIRST_IDS],
            format_func=_guess,
            help=about,
            width=150,
            key="datasets_add_first_id",
        )
        about = "Masks may have a palette, so that each class has a number and a colour: which of them counts."
        marks = st.selectbox(
            "Told by",
            [None, *conventions.MARKS],
            format_func=_guess,
            help=about,
            width=150,
            key="datasets_add_marked_by",
        )
    texts = tuple(text.strip() for text in (folder, name, form, classes))
    said = Convention(first, marks)
    inputs = (*texts, said)
    if st.button("Look at it", icon=":material/search:", key="datasets_add_look"):
        st.session_state.pop(_FOUND, None)
        if not texts[0] or not texts[1]:
            raise UserError("give the folder and a name for the dataset")
        with st.spinner("Looking at the folder"):
            table = Path(texts[3]) if texts[3] else None
            found = looking.look(Path(texts[0]), texts[1], texts[2], table, said)
            st.session_state[_FOUND] = inputs, found
    of, findings = cast("tuple[object, Findings | None]", st.session_state.get(_FOUND, (None, None)))
    if findings is not None and of == inputs:
        _draw_findings(state, findings)


def _draw_findings(state: PageState, findings: Findings) -> None:
    """Draw the report, and the button that adds the dataset unless something is wrong."""
    counts = ", ".join(f"{len(members):,} {split}" for split, members in findings.splits.items())
    st.markdown(
        f"**{escape_markdown(formats.get(findings.format).TITLE)}**: pictures with a mask: {counts}. "
        f"{escape_markdown(findings.splits_from)} Sizes, width x height: {escape_markdown(report.sizes(findings))}."
    )
    if rows := report.class_rows(findings):
        columns = ["Id", "Class", "Colour", "Marked by", "Share (%)"]
        table = pd.DataFrame(rows, columns=columns)
        table["Share (%)"] = (100 * table["Share (%)"]).round(2)
        tables.show(table, alt="Classes of the folder", key="datasets_add_table")
        st.caption(f"Shares of the pixels in {findings.survey.masks:,} masks, evenly spread over all.")
    for text in [*report.left_out(findings), *findings.notes]:
        st.info(escape_markdown(text), icon=":material/info:")
    for problem in findings.problems[: report.SHOWN]:
        st.error(escape_markdown(sentence(problem)), icon=":material/error:")
    if not findings.problems and st.button("Add", type="primary", icon=":material/add:", key="datasets_add_save"):
        adding.save(findings)
        st.session_state.pop(_FOUND, None)
        state.values["dataset"] = findings.name  # noqa: PD011 - not a table
        st.rerun()


def _guess(choice: int | str | None) -> str:
    return "Guess it" if choice is None else str(choice).capitalize()


def _title(form: str) -> str:
    return "Recognise it" if form == AUTO else formats.get(form).TITLE
