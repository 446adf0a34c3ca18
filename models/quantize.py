"""Makes the int8 network of a run, by post-training quantisation with NNCF.

    python -m models.quantize pets_unet --data-dir DIR

It writes ``int8.npz``, from which the int8 network is made without NNCF, and ``calibration_images.txt``, the SHA-256 of
each picture it was calibrated on, into the run's folder.
"""

from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference import quantising
from models.runs import in_use, registry, weights


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
    arguments = parser.parse_args()
    if arguments.pictures < 1:
        raise UserError(f"--pictures {arguments.pictures}: must be at least 1")
    model = registry.find_run(arguments.run)
    with in_use.held(model.path):
        if model.published:
            weights.verify(model.path)
        data_dir = arguments.data_dir or paths.data_dir()
        pictures_used = quantising.calibration_pictures(model, data_dir, arguments.pictures)
        made = quantising.quantise(model, pictures_used, arguments.keep)
        quantising.write(model, made, pictures_used.hashes)
        if model.published:
            weights.renew_checksums(model.path, model.quantisation.name, model.calibration_images.name)
    megabytes = made.facts["bytes"] / 1e6
    print(f"{model.name}: calibrated on {len(pictures_used)} pictures; the int8 network has {megabytes:.1f} MB")
    print(f"written to {model.quantisation}")
    print(f"score it with: python -m train.evaluate {model.name} --precision int8")
    return 0


if __name__ == "__main__":
    run(main)
