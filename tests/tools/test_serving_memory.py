"""The table of memory is of what pages load."""

import pytest

from models.runs.run import Run
from tools import serving_memory


@pytest.mark.parametrize(("default", "begin"), [(True, "mine · int8"), (False, "mine")])
def test_models_are_measured_as_pages_begin_and_in_their_usual_precision(tmp_path, monkeypatch, default, begin):
    monkeypatch.setattr(serving_memory, "int8_by_default", lambda run: default)
    assert serving_memory.names([Run(tmp_path / "mine", published=True)]) == ([begin], ["mine"])
