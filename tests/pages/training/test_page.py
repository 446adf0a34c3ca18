"""The Training page without a browser: all is well, nothing is there yet, something is broken."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from pages.training import log_import
from tests.pages import scored

TRAINING = "pages/2_Training.py"
LOG = b"epoch,loss,val_loss,val_mean_io_u\n0,1.2,1.3,0.3\n1,1.0,1.1,0.4\n"


def training(**link):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page(TRAINING).run()


def address(app):
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def quiet(app):
    return not (app.exception or app.error or app.warning)


def charts(app):
    """Return the titles of the charts, each with the names of its solid and dashed lines."""
    found = {}
    for element in app.get("plotly_chart"):
        figure = json.loads(element.proto.spec)
        lines = [trace for trace in figure["data"] if trace["mode"] == "lines+markers"]
        found[figure["layout"]["title"]["text"]] = [(line["name"], line["line"]["dash"]) for line in lines]
    return found


def film(app):
    return {run["name"]: run["epochs"] for run in json.loads(app.get_by_key("film").proto.json)["runs"]}


@pytest.fixture
def two(no_models):
    scored.make(no_models / "first", changes=["train.learning_rate=0.01"], epochs=5, best=3)
    scored.make(no_models / "second", epochs=3, best=2)
    return no_models


def test_curves_configs_and_previews_of_two_runs(two):
    app = training(runs="first,second")
    assert quiet(app)
    assert list(charts(app)) == ["Loss", "Pixel accuracy", "mIoU", "Learning rate", "Speed"]
    assert charts(app)["mIoU"] == [("first", "solid"), ("first", "dash"), ("second", "solid"), ("second", "dash")]
    table = app.dataframe[0].value.set_index("Run")
    assert table.loc["first", ["Epochs", "Best epoch", "mIoU"]].tolist() == [5, 3, 0.9]
    assert table.loc["second", "Minutes"] == pytest.approx(1.5)
    assert film(app) == {"first": [1, 2, 3, 4, 5], "second": [1, 2, 3]}
    assert set(app.dataframe[1].value["Setting"]) == {"name", "train.learning_rate"}
    app.toggle(key="training_differences").set_value(False).run()
    assert len(app.dataframe[1].value) > 30
    assert address(app)["differences"] == "0"


def test_a_link_brings_the_view_back(two):
    app = training(runs="second", curves="loss", x="Time", smoothing="0.6", log="1")
    assert quiet(app)
    assert charts(app) == {"Loss": [("second", "solid"), ("second", "dash")]}
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert figure["layout"]["xaxis"]["title"]["text"] == "Time (s)"
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert sum(trace.get("opacity", 1) < 0.5 for trace in figure["data"]) == 2
    app.switch_page("streamlit_app.py").run()
    app.switch_page(TRAINING).run()
    assert address(app)["smoothing"] == "0.6"
    assert list(charts(app)) == ["Loss"]


def test_a_training_that_is_going_on_is_chosen_first(two):
    scored.make(two / "third", epochs=2, state="running")
    app = training()
    assert quiet(app)
    assert address(app)["runs"] == "third"
    assert "is going on" in app.get("progress")[0].proto.text


@pytest.mark.parametrize(
    ("state", "words"),
    [("running", "no epoch is finished yet"), ("stopped", "ended before an epoch was finished")],
)
def test_a_training_without_an_epoch_says_so(two, state, words):
    scored.make(two / "third", epochs=0, state=state).weights.unlink()
    app = training(runs="first,third")
    assert quiet(app)
    assert app.info[-1].value == f"third: {words}, so there are no curves."
    assert len(app.info) == (1 if state == "running" else 2), "that it ended is told above, with how it goes on"


def test_a_link_that_is_wrong_in_all_is_told_in_one_place(two):
    app = training(runs="first,gone", x="Weeks", smoothing="much", curves="loss")
    assert [warning.value.count("The link asks for") for warning in app.warning] == [3]
    assert list(charts(app)) == ["Loss"]


def test_uploaded_logs_are_compared_and_a_bad_one_is_named(two):
    app = training(runs="first", curves="loss,miou")
    app.file_uploader[0].set_value([("log.csv", LOG, "text/csv"), ("photo.csv", b"\xff\xd8\xff", "text/csv")]).run()
    assert not app.exception
    assert [error.value.split()[0] for error in app.error] == ["photo.csv"]
    assert ("log.csv (uploaded)", "solid") in charts(app)["mIoU"]
    app.switch_page("streamlit_app.py").run()
    app.switch_page(TRAINING).run()
    assert ("log.csv (uploaded)", "solid") in charts(app)["mIoU"]
    assert address(app)["runs"] == "first"


def test_a_log_that_breaks_the_reader_leaves_the_page(two, monkeypatch):
    monkeypatch.setattr(log_import, "read", lambda files: 1 / 0)
    app = training(runs="first", curves="loss")
    app.file_uploader[0].set_value([("log.csv", LOG, "text/csv")]).run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "log.csv could not be read because of an error in SegDeck. The server's log has the details."
    ]
    assert list(charts(app)) == ["Loss"]


@pytest.mark.parametrize(
    ("state", "message", "words"),
    [
        ("failed", "the loss is no number", "failed after epoch 2 of 90: the loss is no number. "),
        (
            "stopped",
            "stopped by the user after epoch 2; go on with --resume",
            "ended with epoch 2 of 90: stopped by the user after epoch 2. ",
        ),
    ],
)
def test_a_training_that_did_not_end_well_says_why_and_how_it_goes_on(two, state, message, words):
    scored.make(two / "third", epochs=2, state=state)
    status = json.loads((two / "third" / "status.json").read_text())
    (two / "third" / "status.json").write_text(json.dumps(status | {"message": message}))
    app = training(runs="first,third")
    told = [box.value for box in (app.error if state == "failed" else app.info)]
    assert len(told) == 1
    assert words in told[0]
    assert f"--resume --run-dir {two / 'third'}`" in told[0]


def test_without_runs_the_page_says_how_to_get_one_and_takes_logs(no_models):
    app = training()
    assert quiet(app)
    assert "There is no model yet" in app.info[0].value
    prepare, train = app.code[0].value.splitlines()
    assert prepare.startswith("python -m data.prepare oxford_iiit_pet")
    assert train.endswith(f"--run-dir {no_models / 'pets_unet'}"), "where the page looks for runs"
    app.file_uploader[0].set_value([("log.csv", LOG, "text/csv")]).run()
    assert charts(app)["mIoU"] == [("log.csv (uploaded)", "solid")]


def test_broken_files_leave_the_rest(two):
    (two / "holiday").mkdir()
    (two / "second" / "history.csv").write_bytes(b"\xff\xfe\x00 no table")
    (two / "second" / "status.json").write_text("{")
    for file in (two / "second" / "previews" / "sample_chelsea").iterdir():
        file.write_bytes(b"")
    app = training(runs="first,second,holiday")
    assert not app.exception
    assert not app.error
    assert [warning.value for warning in app.warning] == [
        "The link asks for runs=holiday, which is not here; there are first, second.",
        "second: history.csv is missing or cannot be read, so there are no curves.",
    ]
    assert charts(app)["Loss"] == [("first", "solid"), ("first", "dash")]
    assert any("has no config.yaml" in text.value for text in app.markdown)
    assert film(app) == {"first": [1, 2, 3, 4, 5], "second": []}
