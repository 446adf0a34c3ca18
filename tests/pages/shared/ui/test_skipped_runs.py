"""The list of folders that are not valid runs."""

import shutil

from tests.pages.app import has_no_messages, start


def test_folders_that_are_not_runs_are_listed(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "good")
    (no_models / "holiday").mkdir()
    app = start()
    assert has_no_messages(app)
    assert list(app.dataframe[0].value["Model"]) == ["good"]
    assert app.expander[0].label.startswith("1 folder ")
    assert "holiday" in app.expander[0].markdown[0].value
