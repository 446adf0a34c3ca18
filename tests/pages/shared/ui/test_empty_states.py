"""What pages show without models."""

import pytest

from pages.shared.ui import cli_commands
from tests.pages.app import has_no_messages, open_page


@pytest.mark.parametrize("page", ["streamlit_app.py", "pages/1_Compare.py"])
def test_without_models_a_page_shows_how_to_train_one(no_models, page):
    app = open_page(page, {})
    assert has_no_messages(app)
    (info,) = app.info
    assert "no model yet" in info.value
    assert app.code[0].value == cli_commands.first_model()
