import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from configs.paths import ROOT
from models import predict
from models.inference import parallel, picture_files
from models.inference.predictor import RunPredictor
from models.runs.run import Run
from tests import clips
from tests.facts import facts, mentions
from tests.models import familiar

RNG = np.random.default_rng(0)
# Smooth, so that a lossy format changes few labels; not symmetric, so that a wrong rotation shows.
COLOURS = cv2.resize(RNG.integers(0, 256, (5, 7, 3), np.uint8), (90, 60), interpolation=cv2.INTER_CUBIC)
GREY = cv2.cvtColor(COLOURS, cv2.COLOR_RGB2GRAY)
GREY_AS_RGB = np.dstack([GREY] * 3)
FEW = COLOURS // 64 * 64
ALPHA = np.full((60, 90), 255, np.uint8)
ALPHA[:20] = 0
OVER_WHITE = np.where(ALPHA[..., None] == 0, np.uint8(255), COLOURS)


def with_orientation(path: Path, **options) -> None:
    """Store the picture rotated, with the EXIF tag for it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the top row of the upright picture is the left column of the stored one, turned
    Image.fromarray(np.rot90(COLOURS)).save(path, exif=exif, **options)


KINDS = [
    ("rgb.png", lambda path: Image.fromarray(COLOURS).save(path), COLOURS),
    ("photo.JPG", lambda path: Image.fromarray(COLOURS).save(path, "JPEG", quality=98, subsampling=0), COLOURS),
    ("lossless.webp", lambda path: Image.fromarray(COLOURS).save(path, lossless=True), COLOURS),
    ("bitmap.bmp", lambda path: Image.fromarray(COLOURS).save(path), COLOURS),
    ("tagged.tiff", lambda path: Image.fromarray(COLOURS).save(path), COLOURS),
    ("grey.png", lambda path: Image.fromarray(GREY).save(path), GREY_AS_RGB),
    ("grey_16_bit.png", lambda path: Image.fromarray(GREY.astype(np.uint16) * 257).save(path), GREY_AS_RGB),
    ("rgb_16_bit.png", lambda path: cv2.imwrite(str(path), COLOURS[..., ::-1].astype(np.uint16) * 257), COLOURS),
    ("rgba.png", lambda path: Image.fromarray(np.dstack([COLOURS, ALPHA])).save(path), OVER_WHITE),
    ("palette.gif", lambda path: Image.fromarray(FEW).quantize(64, dither=Image.Dither.NONE).save(path), FEW),
    ("palette.png", lambda path: Image.fromarray(FEW).quantize(64, dither=Image.Dither.NONE).save(path), FEW),
    ("cmyk.tif", lambda path: Image.fromarray(COLOURS).convert("CMYK").save(path), COLOURS),
    ("lying.png", with_orientation, COLOURS),
    ("lying.avif", lambda path: with_orientation(path, quality=98), COLOURS),
    ("no_suffix", lambda path: Image.fromarray(COLOURS).save(path, "PNG"), COLOURS),
]


@pytest.fixture(scope="module")
def ready(tiny) -> RunPredictor:
    return RunPredictor.load(tiny)


@pytest.fixture
def command(tiny, ready, monkeypatch):
    """Run the command line in this process; return its exit code."""
    monkeypatch.setattr(predict, "load_predictor", lambda run, precision, streams: ready)

    def call(source: Path, output: Path) -> int:
        arguments = ["--model", str(tiny.path), "--input", str(source), "--output", str(output)]
        monkeypatch.setattr(sys, "argv", ["predict", *arguments])
        return predict.main()

    return call


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(COLOURS).save(folder / name)
    return folder


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


@pytest.mark.parametrize(("name", "write", "upright"), KINDS, ids=[kind[0] for kind in KINDS])
def test_every_kind_of_picture_gives_the_labels_of_its_upright_original(command, ready, tmp_path, name, write, upright):
    write(tmp_path / name)
    assert command(tmp_path / name, tmp_path / "out") == 0
    labels = read(tmp_path / "out" / f"{Path(name).stem}.png")
    expected = ready.predict(upright).labels
    assert labels.shape == expected.shape == (60, 90)
    assert len(np.unique(expected)) > 1, "a constant prediction proves nothing"
    assert (labels == expected).mean() > (0.98 if name in {"photo.JPG", "cmyk.tif", "lying.avif"} else 0.9999)


def test_the_file_is_an_8_bit_palette_png_of_ids(command, tiny, photos, tmp_path):
    assert command(photos, tmp_path / "out") == 0
    content = (tmp_path / "out" / "a.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert content[24:26] == bytes([8, 3]), "bit depth and colour type of the PNG header"
    with Image.open(tmp_path / "out" / "a.png") as image:
        assert image.getpalette() == tiny.label_space.palette().ravel().tolist()


def test_a_folder(command, photos, tmp_path, capsys):
    (photos / "notes.txt").write_text("BM, which is how a bitmap starts too")
    (photos / ".hidden.png").write_bytes((photos / "a.png").read_bytes())
    (photos / "below").mkdir()
    (photos / "below" / "c.png").write_bytes((photos / "a.png").read_bytes())
    assert command(photos, photos / "masks") == 0
    assert sorted(path.name for path in (photos / "masks").iterdir()) == ["a.png", "b.png"]
    output = capsys.readouterr()
    assert output.err == "", "no progress bar off a terminal"
    assert output.out.startswith("2 of 2 ")
    assert output.out.endswith(f" {photos / 'masks'}\n")


def test_a_bad_picture_is_named_and_the_others_are_predicted(command, photos, tmp_path, capsys):
    (photos / "a0.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    (photos / "empty.png").touch()
    (photos / "phone.HEIC").write_bytes(b"\0\0\0\x18ftypheic and no more")
    assert command(photos, tmp_path / "out") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    errors = capsys.readouterr().err.splitlines()
    named = [line.split(": ")[1] for line in errors]
    assert named == [str(photos / name) for name in ("a0.jpg", "empty.png", "phone.HEIC")]


def test_the_first_frame_of_an_animation_is_predicted_with_a_note(command, ready, photos, tmp_path, capsys):
    first, second = (Image.fromarray(image).quantize(64) for image in (FEW, FEW[::-1]))
    first.save(photos / "c.gif", save_all=True, append_images=[second])
    assert command(photos, tmp_path / "out") == 0
    (note,) = capsys.readouterr().err.splitlines()
    assert note.startswith(f"note: {photos / 'c.gif'}: ")
    assert "first frame" in note
    shown = np.asarray(first.convert("RGB"))
    assert (read(tmp_path / "out" / "c.png") == ready.predict(shown).labels).mean() > 0.99


def test_pictures_unlike_the_training_pictures_are_listed(tiny, tmp_path, monkeypatch, capsys):
    run = Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)
    familiar.write(run)
    (tmp_path / "photos").mkdir()
    for name, pixels in [("bright.png", familiar.BRIGHT), ("dark.png", familiar.DARK)]:
        Image.fromarray(pixels).save(tmp_path / "photos" / name)
    arguments = ["--model", str(run.path), "--input", str(tmp_path / "photos"), "--output", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["predict", *arguments, "--precision", "float32"])
    assert predict.main() == 0
    with (tmp_path / "out" / "familiarity.csv").open(newline="") as file:
        rows = {row["picture"]: row for row in csv.DictReader(file)}
    assert {name: row["unlike"] for name, row in rows.items()} == {"bright.png": "1", "dark.png": "0"}
    assert float(rows["bright.png"]["distance"]) == pytest.approx(1, abs=1e-3)
    assert float(rows["dark.png"]["threshold"]) == 0.25
    assert mentions(capsys.readouterr().out, "1 of 2", "mine", "familiarity.csv")
    familiar.write(run, weights="ab" * 32)
    monkeypatch.setattr(sys, "argv", ["predict", *arguments[:-1], str(tmp_path / "again")])
    assert predict.main() == 0
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["bright.png", "dark.png"]
    assert mentions(capsys.readouterr().err, "note:", "familiarity.json", "other weights")


def test_an_older_label_map_is_replaced(command, photos, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_text("old")
    assert command(photos / "a.png", tmp_path / "out") == 0
    assert read(tmp_path / "out" / "a.png").shape == (60, 90)


def refused(command, source: Path, output: Path) -> str:
    before = sorted(source.parent.rglob("*"))
    with pytest.raises(UserError) as error:
        command(source, output)
    assert sorted(source.parent.rglob("*")) == before
    return str(error.value)


def test_two_pictures_of_one_stem(command, photos, tmp_path):
    Image.fromarray(COLOURS).save(photos / "a.bmp")
    error = refused(command, photos, tmp_path / "out")
    assert "a.bmp and a.png" in error
    assert error.count("a.png") == 2, "the file that both would become"


def test_the_input_folder_as_output(command, photos, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(photos)
    monkeypatch.chdir(photos)
    for output in (photos, tmp_path / "link", Path(), photos / ".." / "photos"):
        assert f"{output}: is the input folder" in refused(command, photos, output)


def test_a_picture_is_never_overwritten(command, photos):
    before = (photos / "a.png").read_bytes()
    assert "is the picture itself" in refused(command, photos / "a.png", photos)
    assert (photos / "a.png").read_bytes() == before


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("absent", "out", ["absent", "no such file"]),
        ("absent/a.png", "out", ["absent/a.png", "no such file"]),
        ("photos/a.png/b.png", "out", ["photos/a.png/b.png", "cannot be read"]),
        ("nothing", "out", ["nothing", "no picture"]),
        ("text.txt", "out", ["text.txt", "not a readable picture", "JPEG", "PNG"]),
        ("photos", "text.txt", ["text.txt", "is a file"]),
        ("photos", "text.txt/out", ["text.txt", "is a file"]),
    ],
)
def test_bad_arguments(command, photos, tmp_path, source, output, expected):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "notes.txt").write_text("no picture")
    (tmp_path / "text.txt").write_text("no picture")
    assert mentions(refused(command, tmp_path / source, tmp_path / output), *expected)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_may_not_be_written_to(command, photos, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert refused(command, photos, tmp_path / "locked" / "out").startswith(f"{tmp_path / 'locked'}: ")


def test_a_write_that_fails_names_the_file_and_the_reason(tmp_path, ready):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(UserError, match=r"a\.png: .*\(Is a directory\)"):
        picture_files.write_label_map(tmp_path / "a.png", np.zeros((2, 2), np.uint8), ready.label_space)


def test_the_program_itself_loads_no_tensorflow(ready, tiny: Run, photos, tmp_path):
    program = (
        "import runpy, sys\n"
        "try: runpy.run_module('models.predict', run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    arguments = ["--model", str(tiny.path), "--input", str(photos), "--output", str(tmp_path / "out")]
    result = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    for name in ("a.png", "b.png"):
        np.testing.assert_array_equal(read(tmp_path / "out" / name), ready.predict(COLOURS).labels)


def test_several_models_each_have_a_folder(tiny, tiny_void, ready, photos, tmp_path, monkeypatch, capsys):
    other = RunPredictor.load(tiny_void)
    monkeypatch.setattr(
        predict, "load_predictor", lambda run, precision, streams: ready if run.name == "tiny" else other
    )
    models = ["--model", str(tiny.path), "--model", str(tiny_void.path), "--model", f"{tiny.path}/"]
    monkeypatch.setattr(sys, "argv", ["predict", *models, "--input", str(photos), "--output", str(tmp_path / "out")])
    assert predict.main() == 0
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png"))
    assert found == ["tiny/a.png", "tiny/b.png", "tiny_void/a.png", "tiny_void/b.png"]
    for predictor in (ready, other):
        labels = read(tmp_path / "out" / predictor.model.name / "a.png")
        np.testing.assert_array_equal(labels, predictor.predict(np.asarray(COLOURS, np.uint8)).labels)
    assert capsys.readouterr().out.count("2 of 2 ") == 2


@pytest.mark.parametrize("name", ["clip.mp4", "clip.png", "clip"])
def test_a_clip_is_known_by_its_content(command, tmp_path, name, capsys):
    clips.write(tmp_path / "written.mp4", clips.pictures(3)).rename(tmp_path / name)
    assert command(tmp_path / name, tmp_path / "out") == 0
    assert len(clips.read(tmp_path / "out" / "comparison.mp4")[0]) == 3
    assert len(list((tmp_path / "out" / "labels" / "tiny").iterdir())) == 3
    output = capsys.readouterr()
    assert mentions(output.out, 3, tmp_path / "out")
    assert output.err == ""


def test_networks_are_loaded_for_several_frames_at_a_time(command, ready, tmp_path, monkeypatch):
    asked: list[int] = []

    def load(run, precision, streams):
        asked.append(streams)
        return ready

    monkeypatch.setattr(predict, "load_predictor", load)
    monkeypatch.setattr(parallel, "cores", lambda: 3)
    assert command(clips.write(tmp_path / "clip.mp4", clips.pictures(3)), tmp_path / "out") == 0
    assert asked == [3]


def test_a_picture_called_like_a_clip_is_a_picture(command, photos, tmp_path):
    (photos / "a.png").rename(tmp_path / "a.mp4")
    assert command(tmp_path / "a.mp4", tmp_path / "out") == 0
    assert read(tmp_path / "out" / "a.png").shape == (60, 90)


def test_what_a_clip_does_not_tell_is_noted(command, tmp_path, capsys):
    clips.write(tmp_path / "clip.mp4", clips.pictures(3), sound=True)
    assert command(tmp_path / "clip.mp4", tmp_path / "out") == 0
    (note,) = capsys.readouterr().err.splitlines()
    assert mentions(note, tmp_path / "clip.mp4", "sound")


def test_how_the_labels_of_a_clip_are_written_is_no_question_for_pictures(tiny, photos, tmp_path, monkeypatch):
    arguments = ["--model", str(tiny.path), "--input", str(photos), "--output", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["predict", *arguments, "--labels", "video"])
    with pytest.raises(UserError, match=facts("--labels", photos)):
        predict.main()


def test_two_models_of_one_name_are_refused(tiny, tmp_path):
    shutil.copytree(tiny.path, tmp_path / "tiny")
    with pytest.raises(UserError, match=facts(tiny.path, tmp_path / "tiny")):
        predict.find_models([str(tiny.path), str(tmp_path / "tiny")])


def test_a_clip_that_cannot_be_read_is_refused_before_a_model_is_loaded(command, tmp_path, monkeypatch):
    monkeypatch.setattr(predict, "load_predictor", lambda *_: pytest.fail("a model was loaded"))
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(UserError, match=r"empty\.mp4: .*clip"):
        command(tmp_path / "empty.mp4", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "shares.csv").touch()
    with pytest.raises(UserError, match=facts(tmp_path / "out" / "shares.csv")):
        command(clips.write(tmp_path / "clip.mp4", clips.pictures(2)), tmp_path / "out")
