"""Tables on the pages."""

import re

from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from tests.pages.app import has_no_messages


def page() -> None:
    """Draw a table with a formula, and one without."""
    import pandas as pd

    from pages.shared.ui import tables

    tables.show(pd.DataFrame({"Model": ["=1+1", "unet"], "mIoU": [-0.5, 0.5]}), alt="Models")
    tables.show(pd.DataFrame({"Model": ["unet"], "mIoU": [-0.5]}), alt="Others")


def test_a_table_that_a_spreadsheet_would_run_is_saved_by_a_button_of_its_own():
    app = AppTest.from_function(page, default_timeout=300).run()
    assert has_no_messages(app)
    guarded, _ = app.dataframe
    assert guarded.value["Model"].tolist() == ["=1+1", "unet"], "on the page it is as it is"
    assert len(app.get("download_button")) == 1


def test_pages_draw_all_tables_this_way():
    others = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "pages").rglob("*.py")
        if re.search(r"\bst\.(dataframe|data_editor)\(", file.read_text(encoding="utf-8"))
    }
    assert others == {"pages/shared/ui/tables.py"}
