"""The Training page without a browser: with runs, without any, and with damaged files."""

import json

import pytest

from pages.training import log_import
from tests.pages import app as dashboard
from tests.pages import scored
from tests.pages.app import address, has_no_messages

TRAINING = "pages/2_Training.py"
LOG = b"epoch,loss,val_loss,val_mean_io_u\n0,1.2,1.3,0.3\n1,1.0,1.1,0.4\n"


def open_page(**link):
    return dashboard.open_page(TRAINING, link)


def charts(app):
    """Return the titles of the charts, each with the names of its solid and dashed lines."""
    found = {}
    for element in app.get("plotly_chart"):
        figure = json.loads(element.proto.spec)
        lines = [trace for trace in figure["data"] if trace["mode"] == "lines+markers"]
        found[figure["layout"]["title"]["text"]] = [(line["name"], line["line"]["dash"]) for line in lines]
    return found


def layouts(app):
    """Return the layouts of the charts."""
    return [json.loads(element.proto.spec)["layout"] for element in app.get("plotly_chart")]


def preview_epochs(app):
    return {run["name"]: run["epochs"] for run in json.loads(app.get_by_key("preview_player").proto.json)["runs"]}


@pytest.fixture
def two_runs(no_models):
    scored.make(no_models / "first", changes=["train.learning_rate=0.01"], epochs=5, best=3)
    scored.make(no_models / "second", epochs=3, best=2)
    return no_models


def test_curves_configs_and_previews_of_two_runs(two_runs):
    app = open_page(runs="first,second")
    assert has_no_messages(app)
    assert list(charts(app)) == ["Loss", "Pixel accuracy", "mIoU", "Learning rate", "Speed"]
    assert charts(app)["mIoU"] == [("first", "solid"), ("first", "dash"), ("second", "solid"), ("second", "dash")]
    table = app.dataframe[0].value.set_index("Run")
    assert table.loc["first", ["Epochs", "Best epoch", "mIoU"]].tolist() == [5, 3, 0.9]
    assert table.loc["second", "Minutes"] == pytest.approx(1.5)
    assert preview_epochs(app) == {"first": [1, 2, 3, 4, 5], "second": [1, 2, 3]}
    assert set(app.dataframe[1].value["Setting"]) == {"name", "train.learning_rate"}
    app.toggle(key="training_differences").set_value(False).run()
    assert len(app.dataframe[1].value) > 30
    assert address(app)["differences"] == "0"


def test_a_link_restores_the_view(two_runs):
    app = open_page(runs="second", curves="loss", x="Time", smoothing="0.6", log="1")
    assert has_no_messages(app)
    assert charts(app) == {"Loss": [("second", "solid"), ("second", "dash")]}
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert figure["layout"]["xaxis"]["title"]["text"] == "Time (s)"
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert sum(trace.get("opacity", 1) < 0.5 for trace in figure["data"]) == 2
    app.switch_page("streamlit_app.py").run()
    app.switch_page(TRAINING).run()
    assert address(app)["smoothing"] == "0.6"
    assert list(charts(app)) == ["Loss"]


def test_a_running_training_is_chosen_by_default(two_runs):
    scored.make(two_runs / "third", epochs=2, state="running")
    app = open_page()
    assert has_no_messages(app)
    assert address(app)["runs"] == "third"
    (progress,) = app.get("progress")
    assert "**third**" in progress.proto.text
    assert "epoch 2 of" in progress.proto.text


@pytest.mark.parametrize(("state", "reason"), [("running", "no curves yet"), ("stopped", "ended before")])
def test_a_training_without_a_finished_epoch_is_reported(two_runs, state, reason):
    scored.make(two_runs / "third", epochs=0, state=state).weights.unlink()
    app = open_page(runs="first,third")
    assert has_no_messages(app)
    assert app.info[-1].value.startswith("third: ")
    assert reason in app.info[-1].value
    assert len(app.info) == (1 if state == "running" else 2), "a stopped one is also reported with its command"


def test_all_faults_of_a_link_are_reported_in_one_warning(two_runs):
    app = open_page(runs="first,gone", x="Weeks", smoothing="much", curves="loss")
    (warning,) = app.warning
    assert all(fault in warning.value for fault in ("runs=gone", "x=Weeks", "smoothing=much"))
    assert list(charts(app)) == ["Loss"]


def test_uploaded_logs_are_compared_and_an_unreadable_one_is_named(two_runs):
    app = open_page(runs="first", curves="loss,miou")
    app.file_uploader[0].set_value([("log.csv", LOG, "text/csv"), ("photo.csv", b"\xff\xd8\xff", "text/csv")]).run()
    assert not app.exception
    assert [error.value.split()[0] for error in app.error] == ["photo.csv"]
    assert ("log.csv (uploaded)", "solid") in charts(app)["mIoU"]
    app.switch_page("streamlit_app.py").run()
    app.switch_page(TRAINING).run()
    assert ("log.csv (uploaded)", "solid") in charts(app)["mIoU"]
    assert address(app)["runs"] == "first"


STEPS = b"epoch,step,train_loss_step,val_loss,val_iou\n0,4,2.0,,\n0,9,1.5,,\n0,9,,1.0,0.5\n1,14,1.2,,\n1,19,,0.8,0.6\n"


def upload(app, *files):
    return app.file_uploader[0].set_value([(name, content, "text/csv") for name, content in files]).run()


def test_curves_by_step_are_drawn_apart_from_those_by_epoch(two_runs):
    app = upload(open_page(runs="first"), ("metrics.csv", STEPS))
    assert has_no_messages(app)
    assert charts(app)["Loss"] == [("first", "solid"), ("first", "dash"), ("metrics.csv (uploaded)", "solid")]
    assert charts(app)["Loss by step"] == [("metrics.csv (uploaded)", "solid")]
    assert charts(app)["iou"] == [("metrics.csv (uploaded)", "solid")], "a metric of the log only"
    axes = {figure["title"]["text"]: figure["xaxis"]["title"]["text"] for figure in layouts(app)}
    assert {title for title, axis in axes.items() if axis == "Step"} == {"Loss by step"}
    assert "By step" in [header.value for header in app.subheader]
    row = app.dataframe[0].value.set_index("Run").loc["metrics.csv (uploaded)"]
    assert row[["Epochs", "Best epoch", "Loss"]].tolist() == [2, 2, 0.8]


def test_a_log_by_step_only_has_no_epochs(two_runs):
    app = upload(open_page(runs="first", curves="loss"), ("log.csv", b"step,val_loss\n10,1.0\n20,0.5\n30,0.7\n"))
    assert list(charts(app)) == ["Loss", "Loss by step"]
    row = app.dataframe[0].value.set_index("Run").loc["log.csv (uploaded)"]
    assert row[["Epochs", "Best epoch"]].isna().all()
    assert row["Loss"] == 0.5
    app.segmented_control(key="training_x").set_value("Time").run()
    assert list(charts(app)) == ["Loss"]
    assert any(info.value.startswith("log.csv (uploaded)") and "no times" in info.value for info in app.info)


def test_logs_of_the_same_name_are_told_apart(two_runs):
    app = open_page(runs="first", curves="loss")
    upload(app, ("results.csv", b"epoch,loss\n1,2\n"), ("results.csv", b"epoch,loss\n1,3\n"))
    upload(app, ("results.csv", b"epoch,loss\n1,4\n"))
    assert has_no_messages(app)
    uploaded = [name for name, _ in charts(app)["Loss"] if "uploaded" in name]
    assert uploaded == ["results.csv (uploaded)", "results.csv (2) (uploaded)", "results.csv (3) (uploaded)"]
    upload(app, ("results.csv", b"epoch,loss\n1,2\n2,1\n"))
    assert [name for name, _ in charts(app)["Loss"] if "uploaded" in name] == uploaded, "one that went on is replaced"
    assert app.dataframe[0].value.set_index("Run")["Epochs"]["results.csv (uploaded)"] == 2


def test_what_a_log_has_besides_curves_is_counted_and_named(two_runs):
    app = upload(open_page(runs="first"), ("log.csv", b"epoch,loss,note\n1,2,good\n1,1,bad\n2,0.5,0.5,0.5\n"))
    (info,) = app.info
    for part in ("log.csv", "1 row left out, because", "note", "1 row left out, the first in line 4"):
        assert part in info.value


def test_the_page_lists_what_can_be_uploaded(no_models):
    app = open_page()
    assert any("trainer\\_state.json" in text.value or "trainer_state.json" in text.value for text in app.markdown)


def test_an_exception_while_reading_a_log_does_not_break_the_page(two_runs, monkeypatch):
    monkeypatch.setattr(log_import, "read", lambda files: 1 / 0)
    app = open_page(runs="first", curves="loss")
    app.file_uploader[0].set_value([("log.csv", LOG, "text/csv")]).run()
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("log.csv ")
    assert "server's log" in error.value
    assert list(charts(app)) == ["Loss"]


@pytest.mark.parametrize(
    ("state", "message", "reason"),
    [
        ("failed", "the loss is no number", "the loss is no number"),
        ("stopped", "stopped by the user after epoch 2; go on with --resume", "stopped by the user after epoch 2"),
    ],
)
def test_a_failed_or_stopped_training_is_reported_with_the_command_to_resume(two_runs, state, message, reason):
    scored.make(two_runs / "third", epochs=2, state=state)
    status = json.loads((two_runs / "third" / "status.json").read_text())
    (two_runs / "third" / "status.json").write_text(json.dumps(status | {"message": message}))
    app = open_page(runs="first,third")
    (box,) = app.error if state == "failed" else app.info
    assert "**third**" in box.value
    assert f"epoch 2 of 90: {reason}. " in box.value
    assert f"--resume --run-dir {two_runs / 'third'}`" in box.value


def test_without_runs_the_page_explains_how_to_get_one_and_accepts_logs(no_models):
    app = open_page()
    assert has_no_messages(app)
    assert len(app.info) == 1
    prepare, train = app.code[0].value.splitlines()
    assert prepare.split()[:4] == ["python", "-m", "data.prepare", "oxford_iiit_pet"]
    assert train.endswith(f"--run-dir {no_models / 'pets_unet'}"), "where the page looks for runs"
    app.file_uploader[0].set_value([("log.csv", LOG, "text/csv")]).run()
    assert charts(app)["mIoU"] == [("log.csv (uploaded)", "solid")]


def test_damaged_files_do_not_hide_the_other_runs(two_runs):
    (two_runs / "holiday").mkdir()
    (two_runs / "second" / "history.csv").write_bytes(b"\xff\xfe\x00 no table")
    (two_runs / "second" / "status.json").write_text("{")
    for file in (two_runs / "second" / "previews" / "sample_chelsea").iterdir():
        file.write_bytes(b"")
    app = open_page(runs="first,second,holiday")
    assert not app.exception
    assert not app.error
    link_warning, history_warning = [warning.value for warning in app.warning]
    assert "runs=holiday" in link_warning
    assert "first, second" in link_warning
    assert history_warning.startswith("second: ")
    assert "history.csv" in history_warning
    assert charts(app)["Loss"] == [("first", "solid"), ("first", "dash")]
    assert any("holiday" in text.value and "config.yaml" in text.value for text in app.markdown)
    assert preview_epochs(app) == {"first": [1, 2, 3, 4, 5], "second": []}
