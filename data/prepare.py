"""Prepare a dataset: download what is missing, verify it, build it, and print its class shares.

python -m data.prepare DATASET [--data-dir DIR]
"""

from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser, run
from data import datasets, download, store
from data.store import Samples


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m data.prepare", description="Download, check and build a dataset.")
    parser.add_argument("dataset", metavar="DATASET", help=f"one of {', '.join(datasets.names())}")
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        default=paths.data_dir(),
        help="folder with one folder per dataset; existing files are used as they are (default: %(default)s)",
    )
    arguments = parser.parse_args()
    dataset = datasets.get(arguments.dataset)
    for archive in dataset.archives:
        if download.fetch(archive, arguments.data_dir):
            print(f"downloaded {archive.url}")
    splits = store.open_all(dataset.name, arguments.data_dir)
    print(summary(dataset.title, splits))
    return 0


def summary(title: str, splits: dict[str, Samples]) -> str:
    """Return a table of the images per split and the share of the pixels of each class."""
    counts = {split: samples.class_pixels().sum(axis=0) for split, samples in splits.items()}
    names = next(iter(splits.values())).label_space.names
    width = max(map(len, names))
    lines = [
        f"{title}: " + ", ".join(f"{len(samples)} {split}" for split, samples in splits.items()),
        " ".join(["share of pixels".ljust(width), *(f"{split:>8}" for split in splits)]),
    ]
    for index, name in enumerate(names):
        shares = (f"{pixels[index] / pixels.sum():8.2%}" for pixels in counts.values())
        lines.append(" ".join([name.ljust(width), *shares]))
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
