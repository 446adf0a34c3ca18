"""What is fuzzed: valid inputs to start from, and the code that reads them."""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from configs import limits, schema
from configs.errors import UserError
from configs.paths import ROOT
from configs.yaml_loader import dump_yaml
from data import class_files, class_map, datasets, decode, mask_reading, video
from data.added import description as dataset_description
from data.added import looking
from data.mask_file import decode_mask
from models.added import description as model_description
from models.added import inspecting
from models.runs.run import Run
from pages.server.live_messages import FrameLimits, unpack
from pages.server.live_visit import decoded
from pages.training import curves, log_import
from tests import clips
from tests.data.formats import making
from tests.fuzz.mutations import Files
from tests.models.added import described
from tests.models.added.onnx_files import saved, segmenter

RUN_FILES = ("config.yaml", "status.json", "history.csv", "evaluation.json", "card.md", "train_images.txt")


_SPACE = datasets.get("oxford_iiit_pet").label_space


@dataclass(frozen=True)
class Target:
    """Something that reads what strangers give it.

    Attributes:
        seeds: Returns valid inputs.
        read: Reads an input, whose files lie in the folder, too; raises ``UserError`` to refuse it.
        may_die: Whether the product reads such files in a process of its own, which may die.
    """

    seeds: Callable[[], Sequence[Files]]
    read: Callable[[Files, Path], object]
    may_die: bool = False


def of_folder(make: Callable[[Path], object]) -> Files:
    """Return the files that a function writes into a folder."""
    folder = Path(tempfile.mkdtemp())
    try:
        make(folder)
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    finally:
        shutil.rmtree(folder)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def _pictures() -> list[Files]:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 4), np.uint8)
    rgb, rgba = Image.fromarray(pixels[..., :3]), Image.fromarray(pixels)
    grey16 = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    made = [
        *(_encoded(rgb, kind) for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")),
        _encoded(rgb, "JPEG", progressive=True, exif=exif),
        *(_encoded(rgba, kind) for kind in ("PNG", "WEBP", "TIFF")),
        *(_encoded(grey16, kind) for kind in ("PNG", "TIFF")),
        *(_encoded(rgb.convert(mode), "TIFF", compression="tiff_lzw") for mode in ("CMYK", "P", "1")),
        _encoded(rgb, "TIFF", compression="jpeg"),
        _encoded(rgb, "GIF", save_all=True, append_images=[rgb.transpose(Image.Transpose.ROTATE_180)]),
    ]
    return [{"picture": content} for content in made]


def _read_picture(files: Files, _: Path) -> None:
    for name, content in files.items():
        decode.orientation(content)
        decode.of_several(content)
        decode.decode(content, name)


def _clips() -> list[Files]:
    def write(folder: Path, name: str, **options: Any) -> None:
        clips.write(folder / name, clips.pictures(6, 32, 48), **options)

    return [
        of_folder(lambda folder: write(folder, "clip.mp4")),
        of_folder(lambda folder: write(folder, "clip.mp4", sound=True, movflags="faststart")),
        of_folder(lambda folder: write(folder, "clip.mp4", times=[5, 6, 9, 20, 21, 40], time_base=Fraction(1, 1000))),
        of_folder(lambda folder: write(folder, "clip.webm", codec="libvpx-vp9")),
        of_folder(lambda folder: write(folder, "clip.mkv", codec="libvpx")),
        of_folder(lambda folder: write(folder, "clip.avi", codec="mpeg4")),
        of_folder(lambda folder: write(folder, "clip.ts")),
        of_folder(lambda folder: clips.turn(clips.write(folder / "a.mp4", clips.pictures(3)), (0, 1, -1, 0))),
    ]


def _read_clip(files: Files, folder: Path) -> None:
    for name in files:
        video.inspect(folder / name, limits.clips())
        for _ in video.Reader(folder / name, limits.clips()):
            pass


def _masks() -> list[Files]:
    labels = np.random.default_rng(1).integers(0, 3, (24, 32)).astype(np.uint8)
    palette = Image.fromarray(labels)
    palette.putpalette(_SPACE.palette().tobytes())
    made = [Image.fromarray(labels), palette, Image.fromarray(labels == 1), Image.fromarray(labels.astype(np.uint16))]
    made += [
        palette.convert("RGB"),
        palette.convert("RGBA"),
        Image.fromarray(np.where(labels, 255, 0).astype(np.uint8)),
    ]
    return [{"mask.png": _encoded(image, "PNG")} for image in made]


def _read_mask(files: Files, _: Path) -> None:
    for name, content in files.items():
        mask = decode_mask(content, name, None, _SPACE)
        for reading in mask_reading.readings(mask, _SPACE).options:
            reading.labels(mask)


def _logs() -> list[Files]:
    epochs = range(1, 6)
    keras = "epoch,accuracy,loss,val_accuracy,val_loss\n" + "".join(
        f"{e},0.{e},{1 / e},0.{e},{2 / e}\n" for e in epochs
    )
    lightning = "epoch,step,train_loss,val_loss\n" + "".join(
        f"{e},{e * 9},{1 / e},\n{e},{e * 9},,{2 / e}\n" for e in epochs
    )
    ultralytics = "epoch, time, train/loss, metrics/mIoU, val/loss, lr/pg0\n" + "".join(
        f"{e}, {e * 3.5}, {1 / e}, 0.{e}, {2 / e}, 0.01\n" for e in epochs
    )
    trainer = [{"epoch": float(e), "step": e * 10, "loss": 1 / e} for e in epochs]
    trainer += [{"epoch": float(e), "step": e * 10, "eval_loss": 2 / e, "eval_mean_iou": 0.1 * e} for e in epochs]
    lines = [json.dumps({"loss": 1 / e, "epoch": e, "step": e * 10, "time": 0.3}) for e in epochs]
    detectron = [json.dumps({"iteration": e * 20 - 1, "total_loss": 1 / e, "lr": 0.01}) for e in epochs]
    wandb = "Step,run - loss,run - loss__MIN,run - loss__MAX\n" + "".join(
        f"{e},{1 / e},{1 / e},{1 / e}\n" for e in epochs
    )
    board = "Wall time,Step,Value\n" + "".join(f"17{e}.5,{e},{1 / e}\n" for e in epochs)
    texts = {
        "training.csv": keras, "metrics.csv": lightning, "results.csv": ultralytics, "wandb.csv": wandb,
        "run_tag_loss.csv": board, "trainer_state.json": json.dumps({"global_step": 50, "log_history": trainer}),
        "scalars.json": "\n".join(lines), "metrics.json": "\n".join(detectron),
    }  # fmt: skip
    found = [{name: text.encode()} for name, text in texts.items()]
    return [
        *found,
        {"events.out.tfevents.1": _events()},
        {f"folder/{name}": text.encode() for name, text in texts.items()},
    ]


def _events() -> bytes:
    """Return a TensorBoard event file as its own writer makes it."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.record_writer import RecordWriter

    content = io.BytesIO()
    writer = RecordWriter(content)
    for step in range(5):
        value = Summary.Value(tag="val/loss", simple_value=1 / (step + 1))
        writer.write(Event(wall_time=1e9 + step, step=step, summary=Summary(value=[value])).SerializeToString())
    writer.flush()
    return content.getvalue()


def _read_logs(files: Files, _: Path) -> None:
    found, problems = log_import.read(sorted(files.items()))
    for training in found:
        for axis in curves.AXES:
            for metric in training.metrics(axis):
                curves.long_table(metric, [training], 0.5, axis)
        curves.best_epoch(training.table)
    if not found and problems:
        raise UserError(problems[0])


def _configs() -> list[Files]:
    return [{path.name: path.read_bytes()} for path in sorted((ROOT / "configs").glob("*.yaml"))]


def _read_config(files: Files, _: Path) -> None:
    from models import architectures

    for name, content in files.items():
        experiment = schema.parse(_text(content, name), name)
        schema.parse(schema.dump(experiment), name)
        architectures.check(experiment)


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: is not UTF-8 text") from error


def _runs() -> list[Files]:
    return [
        {name: (path / name).read_bytes() for name in RUN_FILES}
        for path in sorted((ROOT / "models" / "zoo").iterdir())
        if (path / "config.yaml").is_file()
    ][:3]


def _read_run(_: Files, folder: Path) -> None:
    run = Run(folder, published=False)
    run.status(), run.card, run.evaluation(), run.evaluation_fault(), run.parameters(), run.missing_weights_reason()
    history = run.history()
    curves.best_epoch(history)
    str(run.state), run.network_facts(), run.label_space
    for metric in ("loss", "miou"):
        curves.long_table(metric, [curves.run_curves("run", run)], 0.3)
    run.training_images()


def _datasets() -> list[Files]:
    return [of_folder(make) for make in making.MAKERS.values()]


def _read_dataset(_: Files, folder: Path) -> None:
    findings = looking.look(folder, "fuzzed")
    if findings.problems:
        raise UserError(findings.problems[0])
    assert findings.table is not None
    written = dataset_description.dump(dataset_description.of("fuzzed", folder, findings.format, findings.table))
    dataset_description.parse(written, "dataset.yaml")


def _descriptions() -> list[Files]:
    classes = "background\ncat\ndog\n"
    return [
        {"classes.txt": classes.encode()},
        {"classes.csv": b"id,name,colour\n0,background,#000000\n1,cat,#ff0000\n"},
        {"classes.json": json.dumps({"id2label": {"0": "background", "1": "cat"}}).encode()},
        {"data.yaml": b"names:\n  0: background\n  1: cat\npath: .\n"},
        {"map.yaml": b"cat: pet\ndog: [dog, cat]\n"},
        {"model.yaml": dump_yaml(described.content()).encode()},
        {"dataset.yaml": _dataset_description()},
    ]


def _dataset_description() -> bytes:
    """Return a ``dataset.yaml`` as ``data.add`` writes it."""
    folder = Path(tempfile.mkdtemp())
    try:
        making.make_folder(folder)
        table = looking.look(folder, "fuzzed").table
        assert table is not None
        return dataset_description.dump(dataset_description.of("fuzzed", folder, "folder", table)).encode()
    finally:
        shutil.rmtree(folder)


def _read_description(files: Files, folder: Path) -> None:
    for name, content in files.items():
        text, path = _text(content, name), folder / name
        if name == "model.yaml":
            model_description.dataset_of(model_description.parse(text, name), "fuzzed")
        elif name == "dataset.yaml":
            dataset_description.dataset("fuzzed", dataset_description.parse(text, name))
        elif name == "map.yaml":
            voc = datasets.get("voc2012")
            class_map.parse(text, name, voc, datasets.get("oxford_iiit_pet"))
        else:
            class_files.in_order(class_files.read(path), name)


def _models() -> list[Files]:
    import openvino

    made = [segmenter(), segmenter("Softmax", axis=1), segmenter("ArgMax", axis=1), segmenter("Sigmoid")]
    found = [of_folder(partial(saved, made=one)) for one in made]

    def convert(folder: Path) -> None:
        path = saved(folder, made[1])
        openvino.save_model(openvino.convert_model(path), folder / "model.xml")
        path.unlink()

    return [*found, of_folder(convert)]


def _read_model(files: Files, folder: Path) -> None:
    for name in files:
        if name.endswith((".onnx", ".xml", ".tflite")):
            inspecting.inspect_here(folder / name, folder / "converted")


@cache
def _frames() -> list[Files]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8))
    header = json.dumps({"id": 1, "models": ["pets_unet"], "exact": True}).encode()
    start = len(header).to_bytes(4, "little") + header
    return [{"message": start + _encoded(noise, kind)} for kind in ("JPEG", "PNG")]


def _read_frame(files: Files, _: Path) -> None:
    for content in files.values():
        decoded(unpack(content).content, FrameLimits(1_000_000, 1_000_000))


def targets() -> dict[str, Target]:
    """Return what is fuzzed, by name."""
    return {
        "pictures": Target(_pictures, _read_picture),
        "clips": Target(_clips, _read_clip),
        "masks": Target(_masks, _read_mask),
        "logs": Target(_logs, _read_logs),
        "models": Target(_models, _read_model, may_die=True),
        "datasets": Target(_datasets, _read_dataset),
        "configs": Target(_configs, _read_config),
        "descriptions": Target(_descriptions, _read_description),
        "runs": Target(_runs, _read_run),
        "frames": Target(_frames, _read_frame),
    }
