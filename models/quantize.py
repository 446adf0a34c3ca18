"""Makes the int8 network of a run, by post-training quantisation with NNCF.

    python -m models.quantize pets_unet --data-dir DIR
    python -m models.quantize pets_unet --data-dir DIR --rest    only choose anew in what its rest is computed

It writes ``int8.npz``, from which the int8 network is made without NNCF, and ``calibration_images.txt``, the SHA-256 of
each picture it was calibrated on, into the run's folder; and ``int8_rest.json``, which says whether what is left out of
int8 is computed in bfloat16 on CPUs that are faster in it.
"""

from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference import choosing_rest, quantising
from models.runs import in_use, int8_rest, registry, weights
from models.runs.int8_rest import Int8Rest
from models.runs.run import Run


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m models.quantize", description="Make the int8 network of a run.")
    parser.add_argument("run", metavar="NAME_OR_RUN", help="name of a run, or its folder")
    datasets = "folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=datasets)
    pictures = f"pictures of the training split to calibrate on (default: {quantising.PICTURES})"
    parser.add_argument("--pictures", type=int, default=quantising.PICTURES, metavar="N", help=pictures)
    kept = "layers to leave in float32, by their names on the Models page, such as 'convolution 1'; may be repeated"
    parser.add_argument("--keep", action="append", default=[], metavar="LAYER", help=kept)
    rest = "leave int8.npz as it is, and only choose anew in what is computed what it leaves out of int8"
    parser.add_argument("--rest", action="store_true", help=rest)
    arguments = parser.parse_args()
    if arguments.pictures < 1:
        raise UserError(f"--pictures {arguments.pictures}: must be at least 1")
    if arguments.rest and arguments.keep:
        raise UserError("--rest: leaves int8.npz as it is, so it does not go with --keep")
    model = registry.find_run(arguments.run)
    if arguments.rest and not model.quantisation.is_file():
        raise UserError(f"--rest: {model.name} has no {model.quantisation.name}; leave out --rest to make it")
    data_dir = arguments.data_dir or paths.data_dir()
    with in_use.held(model.path):
        if model.published:
            weights.verify(model.path)
        if not arguments.rest:
            _quantise(model, data_dir, arguments.pictures, arguments.keep)
        judged_by = choosing_rest.pictures_to_judge_by(model, data_dir)
        found = choosing_rest.choose(model, judged_by)
        try:
            int8_rest.write(model, found)
        except OSError as error:
            raise UserError(f"{int8_rest.file_of(model)} can't be written ({error.strerror or error})") from error
        if model.published:
            weights.renew_checksums(model.path, int8_rest.file_of(model).name)
    print(f"{model.name}: what is left out of int8 is computed in {found.rest}; {_reason(found)}")
    return 0


def _quantise(model: Run, data_dir: Path, most: int, keep: list[str]) -> None:
    """Make the int8 network of a run, write it into the run's folder, and say so."""
    pictures = quantising.calibration_pictures(model, data_dir, most)
    made = quantising.quantise(model, pictures, keep)
    quantising.write(model, made, pictures.hashes)
    if model.published:
        weights.renew_checksums(model.path, model.quantisation.name, model.calibration_images.name)
    megabytes = made.facts["bytes"] / 1e6
    print(f"{model.name}: calibrated on {len(pictures)} pictures; the int8 network has {megabytes:.1f} MB")
    print(f"written to {model.quantisation}")
    print(f"score it with: python -m train.evaluate {model.name} --precision int8")


def _reason(found: Int8Rest) -> str:
    """Return the figures by which it was chosen."""
    if not found.pictures:
        return f"it was trained on all pictures of {found.split}, so none is left to judge by"
    if found.float32.miou is None or found.bfloat16.miou is None:
        return f"{found.cpu} is not faster in bfloat16, so nothing was measured"
    both = {"float32": found.float32, "bfloat16": found.bfloat16}
    told = ", ".join(f"{name} {one.miou:.4f} in {one.milliseconds:.1f} ms" for name, one in both.items())
    return f"mIoU on {found.pictures} pictures of {found.split}, and time for one: {told}"


if __name__ == "__main__":
    run(main)
