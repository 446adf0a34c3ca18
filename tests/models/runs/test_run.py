import json
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import pytest

from configs import schema
from configs.errors import ConfigError, UserError
from models.runs.evaluation import Evaluation
from models.runs.model import MAX_CARD_BYTES
from models.runs.run import HISTORY_COLUMNS, MAX_EPOCHS, MAX_HISTORY_BYTES, MAX_TEXT_BYTES, SILENCE, Run, Status
from tests.facts import mentions

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(tmp_path, published=False)


def status(**changes) -> str:
    """Return the text of a ``status.json`` whose heartbeat is the time of the call, not of the test collection."""
    content = {
        "state": "finished",
        "epoch": 3,
        "started": TIME.isoformat(),
        "heartbeat": datetime.now(UTC).isoformat(),
        "message": "hello",
    }
    return json.dumps(content | changes)


def test_status(run):
    (run.path / "status.json").write_text(status(heartbeat=TIME.isoformat()))
    assert run.status() == Status("finished", 3, TIME, TIME, "hello")


def test_a_time_without_zone_is_utc(run):
    (run.path / "status.json").write_text(status(heartbeat=TIME.replace(tzinfo=None).isoformat()))
    assert run.status() == Status("finished", 3, TIME, TIME, "hello")


@pytest.mark.parametrize(
    ("state", "silent_for", "expected"),
    [
        ("running", SILENCE - timedelta(seconds=30), "running"),
        ("running", SILENCE + timedelta(seconds=30), "stopped"),
        ("finished", timedelta(days=9), "finished"),
        ("stopped", timedelta(days=9), "stopped"),
        ("failed", timedelta(days=9), "failed"),
    ],
)
def test_only_a_running_training_can_fall_silent(run, state, silent_for, expected):
    (run.path / "status.json").write_text(status(state=state, heartbeat=(datetime.now(UTC) - silent_for).isoformat()))
    result = run.status()
    assert result is not None
    assert result.state == expected
    assert ("no sign of life" in result.message) == (state != expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        status()[:-20],
        "[]",
        "null",
        "3",
        "{}",
        status(state="asleep"),
        status(state=[]),
        status(epoch=None),
        status(epoch=float("inf")),
        status(epoch=-1),
        status(epoch=MAX_EPOCHS + 1),
        status(epoch=10**400),
        status(epoch=0).replace("0", "9" * 5000, 1),
        status() + " " * MAX_TEXT_BYTES,
        status(heartbeat=17),
        status(heartbeat="yesterday"),
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_damaged_status_is_none(run, text):
    (run.path / "status.json").write_text(text, errors="surrogateescape")
    assert run.status() is None


def test_nothing_but_an_empty_folder(run):
    assert run.status() is None
    assert run.evaluation() is None
    assert run.card is None
    assert run.parameters() is None
    assert run.history().empty
    assert tuple(run.history().columns) == HISTORY_COLUMNS


HEADER = ",".join(HISTORY_COLUMNS) + "\n"
ROW = "1,0.9,0.5,0.3,0.8,0.6,0.4,0.001,60,10\n"


@pytest.mark.parametrize(
    ("text", "epochs"),
    [
        ("", []),
        (HEADER[:20], []),
        (HEADER, []),
        (HEADER + ROW, [1]),
        (HEADER + ROW + ROW.replace("1", "2", 1)[:-1], [1]),
        (HEADER + ROW + "2,0.8,0.", [1]),
        (HEADER + ROW + "2,1,2,3,4,5,6,7,8,9,10,11,12\n" + ROW.replace("1", "3", 1), [1, 3]),
        ('"' + HEADER + ROW, []),
        (HEADER + ROW + ROW.replace("1", "9" * 400, 1), [1]),
        (HEADER + ROW + ROW.replace("1", "1.5", 1) + ROW.replace("1", "0", 1) + ROW.replace("1", "inf", 1), [1]),
        (HEADER + ROW + ROW.replace("1", str(MAX_EPOCHS + 1), 1) + ROW.replace("1", "one", 1), [1]),
        ("\x00\x01\n\x02\n", None),
    ],
)
def test_history_has_the_whole_rows(run, text, epochs):
    (run.path / "history.csv").write_text(text)
    history = run.history()
    assert tuple(history.columns) == HISTORY_COLUMNS
    if epochs is not None:
        assert list(history["epoch"]) == epochs
        assert list(history["images_per_second"]) == [10] * len(epochs)
    assert all(dtype.kind in "if" for dtype in history.dtypes)


@pytest.mark.parametrize("value", ["9" * 400, "1e308", "-inf", "nan", "many"])
def test_a_figure_that_cannot_be_one_is_missing(run, value):
    (run.path / "history.csv").write_text(HEADER + ROW.replace("0.9", value) + ROW.replace("1", "2", 1))
    history = run.history()
    assert history["loss"].isna().tolist() == [True, False]
    assert history["accuracy"].tolist() == [0.5, 0.5]


def test_a_history_is_parsed_once_until_its_file_changes(run, monkeypatch):
    (run.path / "history.csv").write_text(HEADER + ROW)
    table = run.history()
    table["loss"] = 7.0  # what a caller does to the table stays with the caller
    with monkeypatch.context() as patch:
        patch.setattr("pandas.read_csv", None)
        assert run.history()["loss"].tolist() == [0.9]
    (run.path / "history.csv").write_text(HEADER + ROW + ROW.replace("1", "2", 1))
    assert len(run.history()) == 2


def test_a_file_too_large_to_be_a_history_or_a_card_is_not_read(run):
    (run.path / "history.csv").write_text(HEADER + ROW * (MAX_HISTORY_BYTES // len(ROW) + 1))
    assert run.history().empty
    (run.path / "card.md").write_text("#" * MAX_CARD_BYTES)
    assert run.card == "#" * MAX_CARD_BYTES
    (run.path / "card.md").write_text("#" * (MAX_CARD_BYTES + 1))
    assert run.card is None


def test_a_config_that_is_not_valid_is_read_once_until_it_changes(tiny, tmp_path, monkeypatch):
    file = tmp_path / "config.yaml"
    file.write_text("name: [")
    load = Mock(side_effect=schema.load)
    monkeypatch.setattr(schema, "load", load)
    for _ in range(3):
        with pytest.raises(ConfigError, match="YAML"):
            _ = Run(tmp_path, published=False).experiment
    load.assert_called_once_with(file)
    file.write_text((tiny.path / "config.yaml").read_text())
    assert Run(tmp_path, published=False).experiment == tiny.experiment


@pytest.mark.parametrize("text", ["", '{"schema": 1', "[1]", "null", '{"val": {"miou": NaN}}', "[" * 100_000])
def test_an_evaluation_that_is_not_a_json_object_has_a_fault(run, text):
    assert run.evaluation_fault() is None
    (run.path / "evaluation.json").write_text(text)
    assert run.evaluation() is None
    assert run.scores("val") is None
    assert "JSON" in run.evaluation_fault()


@pytest.mark.parametrize(("text", "changed"), [('{"schema": 1}', '{"schema": 12}'), ("{", "{}")])
def test_an_evaluation_is_parsed_once_until_its_file_changes(run, monkeypatch, text, changed):
    file, parse = run.path / "evaluation.json", Mock(side_effect=Evaluation.parse)
    monkeypatch.setattr(Evaluation, "parse", parse)
    file.write_text(text)
    for _ in range(3):
        run.evaluation(), run.evaluation_fault(), run.scores("val")
    parse.assert_called_once_with(text)
    file.write_text(changed)
    assert run.evaluation() is not None
    assert parse.call_count == 2


def test_a_run_has_its_config_dataset_and_label_space(tiny):
    assert tiny.name == "tiny"
    assert tiny.experiment.data.image_size == (32, 48)
    assert tiny.label_space.names == ("pet", "background", "border")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, ["state", "unknown"]),
        ({"state": "running", "epoch": 0}, ["first epoch", "has to finish"]),
        ({"state": "running", "epoch": 2}, ["next epoch", "has to finish"]),
        ({"state": "stopped", "epoch": 0}, ["ended", "before", "first epoch"]),
        ({"state": "failed", "epoch": 0}, ["ended", "before", "first epoch"]),
        ({"state": "finished", "epoch": 3}, ["3", "epochs", "finished", "model.weights.h5"]),
    ],
)
def test_a_run_without_weights_says_why(run, known, expected):
    if known:
        (run.path / "status.json").write_text(status(**known))
    assert mentions(run.missing_weights_reason(), *expected)


def test_a_config_is_read_again_when_it_has_changed(make_run, tiny, tmp_path):
    run = make_run(tmp_path / "run", tiny.experiment)
    file = run.path / "config.yaml"
    assert Run(run.path, published=False).experiment is Run(run.path, published=False).experiment
    file.write_text(file.read_text() + "# another size\n")
    again = Run(run.path, published=False).experiment
    assert again == run.experiment
    assert again is not run.experiment
    file.write_text("nothing")
    with pytest.raises(UserError):
        _ = Run(run.path, published=False).experiment


def test_weights_that_go_away_between_two_looks_are_no_error(run, monkeypatch):
    run.weights.write_bytes(b"weights")
    digest = run.digest_if_ready()
    assert digest == run.digest()
    monkeypatch.setattr(type(run), "is_ready", True)
    run.weights.unlink()
    assert run.digest_if_ready() is None
