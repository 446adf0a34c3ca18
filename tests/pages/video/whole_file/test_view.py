"""The view of a whole file without a browser: what it asks for, what it refuses, and what it shows of a clip."""

import base64
import gc
import importlib.util
import io
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from data import decode
from models.runs import registry
from models.video import results
from pages.shared.ui import background_command, cli_commands
from pages.shared.ui.background_command import Command
from pages.video.whole_file import saving
from pages.video.whole_file.kept_clip import Desk, KeptClip, slot
from tests import clips
from tests.facts import mentions
from tests.pages.app import address, has_no_messages, open_page, png
from tests.pages.conftest import wait_until

SCRIPT = "pages/6_Video.py"
BOTH = {"models": "tiny_pets,tiny_street", "view": "whole"}
pytestmark = pytest.mark.usefixtures("runs")


@pytest.fixture(autouse=True)
def nothing_runs():
    """Give every test a server that predicts no clip."""
    slot.clear()
    yield
    if (command := slot().command) is not None:
        command.end()
    slot.clear()


@pytest.fixture(scope="module")
def drive(tmp_path_factory) -> bytes:
    """Return a clip of two seconds, with sound."""
    path = tmp_path_factory.mktemp("clip") / "drive.mp4"
    return clips.write(path, clips.pictures(60), sound=True).read_bytes()


class Upload(io.BytesIO):
    """A file as Streamlit hands it over."""

    def __init__(self, name: str, content: bytes):
        super().__init__(content)
        self.name, self.size = name, len(content)


def uploaded(content, name="my drive.mp4", link=BOTH):
    app = open_page(SCRIPT, link)
    assert has_no_messages(app)
    return app.file_uploader[0].upload(name, content, "video/mp4").run()


def clip_of(app):
    return app.session_state["whole_file"].clip


def predicted(app):
    app.button(key="whole_file_start").click().run()
    clip = clip_of(app)
    wait_until(lambda: not clip.running)
    return app.run()


def test_the_empty_view_asks_for_a_clip_instead_of_playing_one():
    app = open_page(SCRIPT, BOTH)
    assert has_no_messages(app)
    assert address(app) == BOTH
    assert len(app.file_uploader) == 1
    assert not app.get("bidi_component")[1:]  # the history, but no player
    assert not [button for button in app.button if button.key == "whole_file_start"]


def test_the_view_is_turned_to_and_back():
    app = open_page(SCRIPT, {"models": "tiny_pets"})
    app.segmented_control(key="video_view").set_value("whole").run()
    assert address(app) == {"models": "tiny_pets", "view": "whole"}
    app.segmented_control(key="video_view").set_value("live").run()
    assert address(app) == {"models": "tiny_pets"}
    assert app.get_by_key("player")


def test_without_pyav_the_view_says_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "av" else found(name, *rest))
    app = open_page(SCRIPT, BOTH)
    assert has_no_messages(app)
    assert any("make install" in info.value for info in app.info)
    assert not app.file_uploader


def test_the_bound_on_a_clip_is_the_smallest_of_all(monkeypatch):
    monkeypatch.setenv("SEGDECK_CLIP_MB", "7")
    monkeypatch.setenv("SEGDECK_CLIP_MINUTES", "3")
    app = open_page(SCRIPT, BOTH)
    assert mentions(app.file_uploader[0].help, 7, 3)
    monkeypatch.setenv("SEGDECK_UPLOADS", "5")
    assert mentions(app.run().file_uploader[0].help, 5, 3)


def test_a_clip_of_too_many_megabytes_is_one_sentence(monkeypatch):
    monkeypatch.setenv("SEGDECK_CLIP_MB", "1")
    desk = Desk()
    desk.take([Upload("long.mp4", bytes(1_100_000))])
    assert desk.clip is None
    assert mentions(desk.problem, "long.mp4", 1)


def sound_only() -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    return content.getvalue()


@pytest.mark.parametrize("content", [b"no clip at all" * 100, sound_only()], ids=["damaged", "sound"])
def test_a_file_that_is_no_clip_is_one_sentence_without_a_path_of_the_server(content):
    app = uploaded(content)
    assert not app.exception
    (error,) = app.error
    assert mentions(error.value.replace("\\", ""), "my drive.mp4")
    assert "/" not in error.value.replace("\\", "")
    assert clip_of(app) is None
    assert len(app.file_uploader) == 1, "another one can be chosen at once"


def test_a_picture_under_the_name_of_a_clip_is_refused():
    app = uploaded(png())
    (error,) = app.error
    assert mentions(error.value, "my drive.mp4", "picture")


def test_a_clip_that_is_too_long_is_one_sentence_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CLIP_MINUTES", "1")
    slow = clips.write(tmp_path / "slow.mp4", clips.pictures(3), times=[0, 30 * 60, 30 * 120])
    app = uploaded(slow.read_bytes(), "slow.mp4")
    (error,) = app.error
    assert mentions(error.value.replace("\\", ""), "slow.mp4", "SEGDECK_CLIP_MINUTES")


def test_a_clip_is_described_before_it_is_predicted(tmp_path):
    clip = clips.write(tmp_path / "drive.mp4", clips.pictures(45, 60, 90))
    app = uploaded(clip.read_bytes())
    assert has_no_messages(app)
    (told,) = [one.value.replace("\\", "") for one in app.markdown if "drive.mp4" in one.value]
    assert mentions(told, "my drive.mp4", "90 × 60", "1.5 s", "kB")


@pytest.mark.parametrize("content", [b"no clip at all", png()], ids=["damaged", "picture"])
def test_what_is_refused_leaves_nothing_on_the_disk(content, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    desk = Desk()
    desk.take([Upload("drive.mp4", content)])
    assert mentions(desk.problem, "drive.mp4")
    assert list(tmp_path.glob(".clip-*")) == []


def test_the_results_of_two_models(drive):
    app = predicted(uploaded(drive))
    assert has_no_messages(app)
    outcome = clip_of(app).outcome()
    table = app.dataframe[0].value
    summary = {model.name: model for model in results.load(outcome.folder).models}
    assert sorted(table["Model"]) == ["tiny_pets", "tiny_street"]
    assert table["Temporal consistency"].is_monotonic_decreasing
    assert table["Temporal consistency"].tolist() == [summary[name].consistency for name in table["Model"]]
    assert table["Flicker"].tolist() == [summary[name].flicker for name in table["Model"]]
    assert any("sound" in info.value for info in app.info)
    assert any(mentions(caption.value, 60, 96, 64) for caption in app.caption)
    assert len(app.get("plotly_chart")) == 3
    assert list(outcome.agreement) == ["tiny_pets and tiny_street"]

    moments = app.radio(key="whole_file_moment_tiny_pets")
    least = summary["tiny_pets"].least_steady[0]
    assert mentions(moments.options[0], f"{least.frame}:", f"{least.consistency:.3f}")
    app = moments.set_value(least.frame).run()
    (image,) = (image.proto.imgs[0] for image in app.get("image"))
    assert mentions(image.alt, least.frame)
    assert image.url.startswith("data:image/jpeg;base64,")  # nothing lies in Streamlit's store
    shown = decode.decode(base64.b64decode(image.url.partition(",")[2]), "the still")
    written = clips.read(outcome.folder / "comparison.mp4")[0][least.frame]
    assert np.abs(shown.astype(int) - written).mean() < 4

    app.segmented_control(key="video_of").set_value("tiny_street").run()
    assert address(app) == {**BOTH, "of": "tiny_street"}
    assert app.radio(key="whole_file_moment_tiny_street").value is None
    assert has_no_messages(app)


def test_the_zip_has_label_maps_and_tables_but_not_the_comparison(drive):
    app = predicted(uploaded(drive))
    outcome = clip_of(app).outcome()
    assert outcome.files["comparison"].name == "my drive_comparison.mp4"
    assert b"".join(outcome.files["comparison"].chunks()) == (outcome.folder / "comparison.mp4").read_bytes()
    app.button(key="whole_file_zip").click().run()
    assert has_no_messages(app)
    with zipfile.ZipFile(io.BytesIO(b"".join(outcome.files["archive"].chunks()))) as archive:
        names = set(archive.namelist())
        assert archive.testzip() is None
    tables = {"shares.csv", "temporal.csv", "agreement.csv", "summary.json"}
    labels = {f"labels/{model}/{frame:06}.png" for model in ("tiny_pets", "tiny_street") for frame in range(60)}
    assert names == tables | labels


def test_the_zip_has_nothing_of_segments_that_a_kill_left(tmp_path):
    written(tmp_path / "summary.json", tmp_path / "labels" / "a" / "000000.png", tmp_path / "comparison.mp4")
    written(tmp_path / ".unfinished.done" / "00000000" / "shares.csv")
    list(saving.write_zip(tmp_path, tmp_path.with_suffix(".zip")))
    with zipfile.ZipFile(tmp_path.with_suffix(".zip")) as archive:
        assert set(archive.namelist()) == {"summary.json", "labels/a/000000.png"}


def test_a_single_frame_has_no_curves(tmp_path):
    one = clips.write(tmp_path / "one.mp4", clips.pictures(1))
    app = predicted(uploaded(one.read_bytes(), link={**BOTH, "models": "tiny_pets"}))
    assert has_no_messages(app)
    assert app.dataframe[0].value["Temporal consistency"].isna().all()
    assert not app.get("plotly_chart")


def test_other_models_are_offered_beside_the_results(drive):
    app = predicted(uploaded(drive, link={**BOTH, "models": "tiny_pets"}))
    assert not [button for button in app.button if button.key == "whole_file_start"]
    app.pills[0].set_value(["tiny_street"]).run() if app.pills else app.multiselect[0].set_value(["tiny_street"]).run()
    assert app.dataframe[0].value["Model"].tolist() == ["tiny_pets"]
    assert mentions(app.button(key="whole_file_start").label.replace("\\", ""), "tiny_street")
    app = predicted(app)
    assert app.dataframe[0].value["Model"].tolist() == ["tiny_street"]


def test_another_clip_takes_the_files_of_the_first_along(drive):
    app = predicted(uploaded(drive))
    folder = clip_of(app).folder
    assert folder.is_dir()
    app.button(key="whole_file_drop").click().run()
    assert has_no_messages(app)
    assert not folder.exists()
    assert len(app.file_uploader) == 1


def test_one_clip_at_a_time_and_others_are_told(drive):
    other = slot().start("theirs", ["-c", "import time; time.sleep(600)"])
    assert other is not None
    app = uploaded(drive)
    assert not [button for button in app.button if button.key == "whole_file_start"]
    assert any("Another" in info.value for info in app.info)
    clip_of(app).start([registry.find("tiny_pets")])
    assert clip_of(app).command is None
    other.end()
    wait_until(lambda: other.done)
    assert app.run().button(key="whole_file_start")


def test_what_was_stopped_goes_on(tmp_path):
    long = clips.write(tmp_path / "long.mp4", clips.pictures(900))
    app = uploaded(long.read_bytes(), link={**BOTH, "models": "tiny_pets"})
    app.button(key="whole_file_start").click().run()
    clip = clip_of(app)
    wait_until(lambda: clip.command.progress.done > 0)
    clip.command.stop()
    wait_until(lambda: not clip.running)
    app.run()
    assert not app.error
    assert clip.resumable
    assert any(mentions(info.value, 900) for info in app.info)
    assert app.button(key="whole_file_start").label == "Go on"
    app = predicted(app)
    assert has_no_messages(app)
    assert clip.outcome().summary.clip.frames == 900


@pytest.fixture
def kept(drive, monkeypatch):
    """Return a clip whose command waits instead of predicting, and the models it was last started with."""
    monkeypatch.setattr(cli_commands, "clip_arguments", lambda *_: ["-c", "import time; time.sleep(600)"])
    clip = KeptClip(Upload("drive.mp4", drive))
    clip.runs = (registry.find("tiny_pets"),)
    yield clip
    clip.close()


def finished(clip) -> list[Path]:
    """Give a clip results, and return their files."""
    return written(clip.results / "summary.json", clip.results / "labels" / "tiny_pets" / "000000.png")


def written(*paths) -> list[Path]:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return list(paths)


def test_results_stay_where_another_visitor_was_faster(kept):
    files = finished(kept)
    other = slot().start("theirs", ["-c", "import time; time.sleep(600)"])
    kept.start([registry.find("tiny_street")])
    assert slot().command is other
    assert kept.finished
    assert all(file.exists() for file in files)
    assert kept.is_of([registry.find("tiny_pets")])


def test_results_stay_where_the_command_cannot_be_started(kept, monkeypatch):
    files = finished(kept)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no memory"):
        patch.setattr(background_command, "Command", lambda *_: (_ for _ in ()).throw(OSError("no memory")))
        kept.start([registry.find("tiny_street")])
    assert kept.finished
    assert all(file.exists() for file in files)
    kept.start([registry.find("tiny_street")])
    assert kept.running
    assert not any(file.exists() for file in files)


def test_a_second_click_on_go_on_leaves_what_is_done(kept):
    (segment,) = written(kept.results / ".unfinished" / "00000000" / "segment.json")
    assert kept.resumable
    for _ in range(2):
        kept.start(kept.runs)
        assert kept.running
        assert segment.exists()
    assert kept.results in segment.parents


def test_a_second_click_that_comes_after_the_end_leaves_the_results(kept):
    files = finished(kept)
    kept.start(kept.runs)
    assert kept.finished
    assert all(file.exists() for file in files)


def test_when_the_visit_is_forgotten_its_command_and_files_are_gone(drive):
    clip = KeptClip(Upload("drive.mp4", drive))
    command, folder = Command("predicting", ["-c", "import time; time.sleep(600)"]), clip.folder
    clip.command = command
    clip._ending.callback(command.end)
    assert clip.path.read_bytes() == drive
    del clip
    gc.collect()
    assert not folder.exists()
    wait_until(lambda: command.done)
