"""Whole clips, with tiny networks: what is written, and what an interruption leaves."""

import csv
import itertools
import json
import shutil
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from configs.limits import clips as limits
from data import decode, video
from data.label_maps import resize_nearest
from models.inference.predictor import RunPredictor
from models.metrics import temporal
from models.metrics.agreement import agreement
from models.runs.run import Run
from models.video import results
from models.video.options import Options
from models.video.process import process
from tests import clips
from tests.facts import facts, mentions
from tests.models import familiar

TIMES = [0, 1, 3, 7, 8, 9, 10, 20, 21, 22, 30]
SHORT = Options(segment=4)


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """Return a clip of 11 frames that lies on its side and has a variable rate and sound."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    clips.write(path, clips.pictures(11, 62, 94), TIMES, Fraction(1, 30), sound=True)
    return clips.turn(path, clips.MATRICES["quarter"])


@pytest.fixture(scope="module")
def frames(clip) -> list[np.ndarray]:
    return [frame.image for frame in video.Reader(clip, limits())]


@pytest.fixture(scope="module")
def finished(clip, predictors, tmp_path_factory) -> Path:
    """Return a folder with the results of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("results") / "clip"
    outcome = process(clip, predictors, folder, SHORT)
    assert (outcome.frames, outcome.resumed, outcome.finished) == (11, 0, True)
    return folder


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def test_the_results_are_complete_and_nothing_else_is_left(finished):
    labels = [f"labels/{model}/{index:06}.png" for model in ("tiny", "tiny_void") for index in range(11)]
    tables = ["agreement.csv", "comparison.mp4", "shares.csv", "summary.json", "temporal.csv"]
    assert files(finished) == sorted(labels + tables)
    assert [path.name for path in finished.iterdir() if path.name.startswith(".")] == []


def test_the_comparison_has_the_frames_and_times_of_the_clip(clip, finished):
    pixels, seconds = clips.read(finished / "comparison.mp4")
    assert seconds == [time * Fraction(1, 30) for time in TIMES]
    height, width, _ = pixels[0].shape
    assert height % 2 == width % 2 == 0
    assert width == 2 * 320


def test_label_maps_are_those_of_the_frame_as_a_picture(frames, finished, predictors, tmp_path):
    assert frames[0].shape == (94, 62, 3)
    for index in (0, 6, 10):
        Image.fromarray(frames[index]).save(tmp_path / "frame.png")
        for predictor in predictors:
            expected = predictor.predict(decode.read(tmp_path / "frame.png")).labels
            found = finished / "labels" / predictor.model.name / f"{index:06}.png"
            np.testing.assert_array_equal(read(found), expected)
            assert len(np.unique(expected)) > 1, "a constant prediction proves nothing"
            with Image.open(found) as image:
                assert image.getpalette() == predictor.label_space.palette().ravel().tolist()


def test_shares_are_those_of_the_label_maps(finished, predictors):
    rows = table(finished, "shares.csv")
    assert [(int(row["frame"]), row["model"]) for row in rows[:4]] == [
        (0, "tiny"), (0, "tiny_void"), (1, "tiny"), (1, "tiny_void"),
    ]  # fmt: skip
    assert [float(row["time"]) for row in rows[::2]] == pytest.approx([time / 30 for time in TIMES], abs=1e-6)
    for row in rows:
        space = next(one.label_space for one in predictors if one.model.name == row["model"])
        labels = read(finished / "labels" / row["model"] / f"{int(row['frame']):06}.png")
        for index in space.scored:
            assert float(row[f"share: {space.names[index]}"]) == pytest.approx((labels == index).mean(), abs=1e-6)
        assert sum(float(value) for key, value in row.items() if key.startswith("share") and value) == pytest.approx(
            1, abs=1e-4
        )


def test_steadiness_is_that_of_successive_label_maps(frames, finished, predictors):
    rows = table(finished, "temporal.csv")
    for row in rows[:2]:
        assert row["consistency"] == row["flicker"] == row["compared"] == ""
    for row in rows[2:]:
        index = int(row["frame"])
        space = next(one.label_space for one in predictors if one.model.name == row["model"])
        before, now = (read(finished / "labels" / row["model"] / f"{number:06}.png") for number in (index - 1, index))
        moved = temporal.motion(temporal.grey(frames[index - 1]), temporal.grey(frames[index]))
        counts = temporal.confusion(before, now, moved, len(space))
        assert float(row["compared"]) == pytest.approx(moved.trusted.mean(), abs=1e-6)
        assert float(row["consistency"]) == pytest.approx(temporal.consistency(counts), abs=1e-6)
        assert float(row["flicker"]) == pytest.approx(temporal.flicker(counts), abs=1e-6)
        for class_id in space.scored:
            cell, value = row[f"flicker: {space.names[class_id]}"], temporal.class_flicker(counts)[class_id]
            assert (cell == "") == np.isnan(value)
            assert cell == "" or float(cell) == pytest.approx(value, abs=1e-6)


def test_agreement_is_that_of_the_label_maps(finished, predictors):
    for row in table(finished, "agreement.csv"):
        planes = [read(finished / "labels" / row[key] / f"{int(row['frame']):06}.png") for key in ("first", "second")]
        (pair,) = agreement(planes, [predictor.model.dataset for predictor in predictors]).pairs
        assert float(row["comparable"]) == pytest.approx(pair.comparable, abs=1e-6)
        assert (row["agreement"] == "") == np.isnan(pair.agreement)


def test_the_summary(clip, finished, predictors):
    summary = json.loads((finished / "summary.json").read_text())
    assert summary["clip"]["size"] == [94, 62]
    assert summary["clip"]["frames"] == 11
    assert summary["clip"]["last_time"] == pytest.approx(1)
    assert any("sound" in note for note in summary["notes"])
    rows = table(finished, "temporal.csv")
    for model in summary["models"]:
        own = [row for row in rows if row["model"] == model["name"] and row["consistency"]]
        values = [float(row["consistency"]) for row in own if float(row["compared"]) >= temporal.CUT]
        assert model["compared_pairs"] == len(values)
        assert model["consistency"] == pytest.approx(np.mean(values), abs=2e-6)
        assert model["least_steady"][0]["consistency"] == pytest.approx(min(values))
        assert 0 <= model["flicker"] <= 1
    assert [model["name"] for model in summary["models"]] == [one.model.name for one in predictors]
    assert [(pair["first"], pair["second"]) for pair in summary["agreement"]] == [("tiny", "tiny_void")]


def test_label_videos_hold_the_ids(clip, finished, predictors, tmp_path):
    process(clip, predictors, tmp_path / "out", Options(labels="video", segment=4))
    assert files(tmp_path / "out" / "labels") == ["tiny.mkv", "tiny_void.mkv"]
    for name in ("tiny", "tiny_void"):
        pixels, seconds = clips.read(tmp_path / "out" / "labels" / f"{name}.mkv")
        assert list(map(float, seconds)) == pytest.approx([time / 30 for time in TIMES], abs=0.0006)
        for index, labels in enumerate(pixels):
            np.testing.assert_array_equal(labels, read(finished / "labels" / name / f"{index:06}.png"))


def test_no_label_maps_and_one_model(clip, predictors, finished, tmp_path):
    process(clip, predictors[:1], tmp_path / "out", Options(labels="none"))
    assert files(tmp_path / "out") == ["comparison.mp4", "shares.csv", "summary.json", "temporal.csv"]
    own = [row for row in table(finished, "shares.csv") if row["model"] == "tiny"]
    alone = table(tmp_path / "out", "shares.csv")
    assert [row["share: pet"] for row in alone] == [row["share: pet"] for row in own]


def test_one_frame(predictors, tmp_path):
    clips.write(tmp_path / "one.mp4", clips.pictures(1))
    outcome = process(tmp_path / "one.mp4", predictors, tmp_path / "out")
    assert outcome.frames == 1
    assert len(clips.read(tmp_path / "out" / "comparison.mp4")[0]) == 1
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["models"][0]["consistency"] is None
    assert summary["models"][0]["least_steady"] == []


def test_progress_and_notes(clip, predictors, tmp_path):
    seen: list[tuple[int, int]] = []
    outcome = process(clip, predictors, tmp_path / "out", SHORT, lambda done, total: seen.append((done, total)))
    assert seen == [(index + 1, 11) for index in range(11)]
    assert len(outcome.notes) == 1
    assert "sound" in outcome.notes[0]


@pytest.mark.parametrize("after", [1, 4, 5, 8, 10])
def test_a_stopped_job_continues_and_its_results_are_the_same(clip, predictors, finished, tmp_path, after):
    stop = threading.Event()

    def show(done, total):
        if done == after:
            stop.set()

    first = process(clip, predictors, tmp_path / "out", SHORT, show, stop)
    assert not first.finished
    assert not (tmp_path / "out" / "comparison.mp4").exists()
    seen: list[int] = []
    second = process(clip, predictors, tmp_path / "out", SHORT, lambda done, total: seen.append(done))
    assert second.resumed % 4 == 0
    assert second.resumed <= after
    assert (second.frames, second.finished) == (11, True)
    assert seen == list(range(max(1, second.resumed), 12))
    same(tmp_path / "out", finished)


def same(folder: Path, expected: Path) -> None:
    """Check that two folders have the same results, down to the pixels and times of the comparison."""
    assert files(folder) == files(expected)
    for name in files(folder):
        if name.endswith(".mp4"):
            for found, wanted in zip(clips.read(folder / name), clips.read(expected / name), strict=True):
                np.testing.assert_array_equal(found, wanted)
        else:
            assert (folder / name).read_bytes() == (expected / name).read_bytes(), name


def test_stopping_while_the_results_are_joined_loses_nothing(clip, predictors, finished, tmp_path, monkeypatch):
    from models.video import summary

    with monkeypatch.context() as patch:
        patch.setattr(summary, "summarise", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            process(clip, predictors, tmp_path / "out", SHORT)
    (tmp_path / "out" / ".comparison.killed.part.mp4").touch()
    outcome = process(clip, predictors, tmp_path / "out", SHORT)
    assert outcome.resumed == 11
    same(tmp_path / "out", finished)


@pytest.mark.parametrize("removed", ["job.json", "00000000", "00000000/segment.json"])
def test_a_kill_while_the_segments_are_removed_leaves_finished_results(
    clip, predictors, finished, tmp_path, monkeypatch, removed
):
    from models.video import command

    def killed(folder, **_):
        for path in [Path(folder) / removed] if Path(folder).is_dir() else []:
            path.unlink() if path.is_file() else remove(path)
            raise KeyboardInterrupt

    remove = shutil.rmtree
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shutil, "rmtree", killed)
        process(clip, predictors, tmp_path / "out", SHORT)
    assert files(tmp_path / "out") != files(finished)
    with pytest.raises(UserError, match=facts(tmp_path / "out" / "comparison.mp4")):
        command.check(clip, tmp_path / "out")
    with pytest.raises(UserError, match=facts(tmp_path / "out" / "comparison.mp4")):
        process(clip, predictors, tmp_path / "out", SHORT)
    same(tmp_path / "out", finished)


def half_done(clip, predictors, folder) -> None:
    stop = threading.Event()
    process(clip, predictors, folder, SHORT, lambda done, total: stop.set() if done > 6 else None, stop)


def test_other_settings_are_refused_and_change_nothing(clip, predictors, tmp_path):
    half_done(clip, predictors, tmp_path / "out")
    before = files(tmp_path / "out")
    other = clips.write(tmp_path / "other.mp4", clips.pictures(11, 62, 94))
    changes: list[tuple[tuple, list]] = [
        ((other, predictors, SHORT), ["clip"]),
        ((clip, predictors[:1], SHORT), ["models", 2, 1]),
        ((clip, predictors[::-1], SHORT), ["model 1", "tiny_void", "tiny"]),
        ((clip, predictors, Options(labels="video", segment=4)), ["labels", "png", "video"]),
        ((clip, predictors, Options(segment=5)), ["segment", 4, 5]),
    ]
    for (path, models, options), words in changes:
        with pytest.raises(UserError, match=facts(tmp_path / "out", *words)):
            process(path, models, tmp_path / "out", options)
    assert files(tmp_path / "out") == before
    assert process(clip, predictors, tmp_path / "out", SHORT).finished


def test_results_are_never_overwritten(clip, predictors, finished, tmp_path):
    with pytest.raises(UserError, match=facts(finished / "comparison.mp4")):
        process(clip, predictors, finished, SHORT)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=facts(tmp_path / "file")):
        process(clip, predictors, tmp_path / "file", SHORT)
    (tmp_path / "labels").mkdir()
    with pytest.raises(UserError, match=facts(tmp_path / "labels")):
        process(clip, predictors, tmp_path, SHORT)


def test_a_model_is_given_once(clip, predictors, tmp_path):
    with pytest.raises(UserError, match=facts("tiny", 2)):
        process(clip, [predictors[0], predictors[0]], tmp_path / "out")


def test_two_at_once_in_one_folder(clip, predictors, tmp_path):
    refusals: list[str] = []

    def show(done, total):
        if done == 3:
            with pytest.raises(UserError) as error:
                process(clip, predictors, tmp_path / "out", SHORT)
            refusals.append(str(error.value))

    assert process(clip, predictors, tmp_path / "out", SHORT, show).finished
    assert mentions(refusals[0], tmp_path / "out", "another process")


def test_a_failing_engine_ends_the_job_and_keeps_what_is_done(clip, predictors, tmp_path):
    def fail(done, total):
        if done == 9:
            raise UserError("the engine failed")

    with pytest.raises(UserError, match="the engine failed"):
        process(clip, predictors, tmp_path / "out", SHORT, fail)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("reading", "writing"))]
    assert process(clip, predictors, tmp_path / "out", SHORT).resumed in {4, 8}


def test_several_frames_at_a_time_give_the_same_results(clip, tiny, tiny_void, finished, tmp_path, cache, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    several = [RunPredictor.load(run, streams=2) for run in (tiny, tiny_void)]
    meeting, first, plain = threading.Barrier(2), itertools.count(), several[0].score_map

    def meet(image):
        if next(first) < 2:
            meeting.wait(timeout=60)  # breaks, and ends the job, unless the next frame is begun meanwhile
        return plain(image)

    monkeypatch.setattr(several[0], "score_map", meet)
    process(clip, several, tmp_path / "out", SHORT)
    same(tmp_path / "out", finished)


def test_a_clip_that_is_cut_off_gives_its_frames_and_a_note(predictors, tmp_path):
    path = clips.write(tmp_path / "a.mp4", clips.pictures(90, 120, 160), movflags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    outcome = process(path, predictors, tmp_path / "out")
    (note,) = outcome.notes
    assert mentions(note, f"{outcome.frames} frames")
    assert len(clips.read(tmp_path / "out" / "comparison.mp4")[0]) == outcome.frames


def test_label_maps_of_another_size_are_compared_in_the_working_size(predictors, tmp_path):
    clips.write(tmp_path / "a.mp4", clips.pictures(3, 400, 800))
    process(tmp_path / "a.mp4", predictors[:1], tmp_path / "out")
    labels = [read(tmp_path / "out" / "labels" / "tiny" / f"{index:06}.png") for index in range(2)]
    images = [frame.image for frame in video.Reader(tmp_path / "a.mp4", limits())]
    moved = temporal.motion(temporal.grey(images[0]), temporal.grey(images[1]))
    small = [resize_nearest(plane, 192, 384) for plane in labels]
    expected = temporal.consistency(temporal.confusion(small[0], small[1], moved, 3))
    assert float(table(tmp_path / "out", "temporal.csv")[1]["consistency"]) == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def familiar_predictor(tiny, cache, tmp_path, monkeypatch) -> RunPredictor:
    """Return a predictor by which bright frames are unlike the training pictures and dark ones are like them."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    run = Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)
    familiar.write(run)
    return RunPredictor.load(run, "float32")


def test_frames_unlike_the_training_pictures_are_told(familiar_predictor, predictors, tmp_path):
    shown = [familiar.BRIGHT, familiar.DARK, familiar.DARK, familiar.BRIGHT, familiar.BRIGHT, familiar.DARK]
    clip = clips.write(tmp_path / "clip.mp4", shown)
    process(clip, [familiar_predictor, predictors[1]], tmp_path / "out", SHORT)
    rows = table(tmp_path / "out", "familiarity.csv")
    assert [(row["frame"], row["model"], row["unlike"]) for row in rows] == [
        (str(index), "mine", value) for index, value in enumerate("100110")
    ], "a model that cannot tell has no rows"
    assert [float(row["distance"]) for row in rows[:2]] == pytest.approx([1, -1], abs=0.1)
    assert {float(row["threshold"]) for row in rows} == {0.25}
    assert [model.unlike for model in results.load(tmp_path / "out").models] == [0.5, None]


def test_a_job_goes_on_only_with_the_same_familiarity(familiar_predictor, tmp_path):
    clip, stop = clips.write(tmp_path / "clip.mp4", clips.pictures(9)), threading.Event()
    process(clip, [familiar_predictor], tmp_path / "out", SHORT, lambda *_: stop.set(), stop)
    familiar.write(familiar_predictor.run, threshold=0.5)
    with pytest.raises(UserError, match=facts("familiarity 1")):
        process(clip, [familiar_predictor], tmp_path / "out", SHORT)
