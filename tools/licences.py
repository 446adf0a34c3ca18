"""Writes the licences of what is installed into docs/licences.md: ``python -m tools.licences``."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from textwrap import fill

from configs.command_line import run
from configs.errors import UserError
from configs.files import write_text
from configs.paths import ROOT

TARGET = ROOT / "docs" / "licences.md"

PERMISSIVE = re.compile(
    r"0BSD|Apache([ -]?2\.0| License 2\.0| Software License)?|BSD([ -]\dC?-?Clause| License)?|\dC?-Clause BSD License"
    r"|CC0-1\.0|FreeBSD|MIT([ -]CMU| License)?|PSF-2\.0|Unlicense|Zlib"
)
"""Licences under which everything may be done with a package, as long as its notice is kept."""

UNSTATED = {
    "namex": "Apache-2.0",
    "scikit-image": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
    "simple-parsing": "MIT",
}
"""Licences of packages whose metadata name none, or hold its whole text; read in the files that they install."""

REMARKS = {
    "av": "BSD-3-Clause is the licence of its own code. Its wheels contain FFmpeg, which says of itself that it is "
    "under the LGPL 3, and x264 and x265, which are under the GPL: whoever passes on an installed SegDeck, say as a "
    "container, has to keep to the GPL's terms. Using or serving it asks for nothing.",
    "certifi": "MPL-2.0 binds whoever changes its files, a list of certificates, and passes them on.",
    "numpy": "Its wheels contain libgfortran, under the GPL with an exception that permits to use it with anything.",
    "opencv-python-headless": "Its wheels contain FFmpeg, under the LGPL 2.1, as libraries that can be exchanged.",
    "scikit-learn": "Its wheels contain libgomp, under the GPL with an exception that permits to use it with anything.",
    "scipy": "Its wheels contain libgfortran, under the GPL with an exception that permits to use it with anything.",
    "tqdm": "MPL-2.0, for a part of its files, binds whoever changes these and passes them on.",
}
"""What is to be said of packages that are not permissive throughout."""

HEADER = """# Licences

What SegDeck installs, with the licence that each package states. SegDeck itself is under the [MIT licence](../LICENSE);
its models inherit the terms of their training data, which their cards name. This page is written by `make licences`.

"""

REMARKS_HEADER = """## What is not permissive throughout

All others may be used, changed and passed on for any purpose, as long as their notices are kept.

"""


def locked(name: str) -> list[str]:
    """Return the packages of a lock that are installed: some are for other systems only."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [one for one in sorted(set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))) if _is_installed(one)]


def _is_installed(package: str) -> bool:
    try:
        return bool(distribution(package).version)
    except PackageNotFoundError:
        return False


def licence(package: str) -> str:
    """Return the licence that a package states, in one line. Raises ``UserError`` if it states none."""
    if package in UNSTATED:
        return UNSTATED[package]
    metadata = distribution(package).metadata
    stated: str = next((metadata[key] for key in ("License-Expression", "License") if key in metadata), "")
    classified = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    if not stated or "\n" in stated or " :: " in stated or len(stated) > 80:
        stated = " AND ".join(classified)
    if not stated:
        raise UserError(f"{package} states no licence; read the one it installs and add it to UNSTATED")
    return stated


def is_permissive(stated: str) -> bool:
    """Return whether all parts of a licence are, or one of the alternatives that it gives.

    >>> is_permissive("MIT AND Zlib"), is_permissive("GPL-3.0 OR MIT"), is_permissive("MPL-2.0 AND MIT")
    (True, True, False)
    """
    choices = [re.split(r" AND ", choice) for choice in stated.split(" OR ")]
    return any(all(PERMISSIVE.fullmatch(part.strip(" ()")) for part in parts) for parts in choices)


def page() -> str:
    """Return the page. Raises ``UserError`` if a package that is not permissive has no remark."""
    serving, running = locked("requirements-serve.lock"), locked("requirements.lock")
    unexplained = [name for name in running if name not in REMARKS and not is_permissive(licence(name))]
    if unexplained:
        raise UserError(f"say in REMARKS what follows from the licences of {', '.join(unexplained)}")
    remarks = "".join(
        fill(f"- `{name}`: {REMARKS[name]}", 120, subsequent_indent="  ") + "\n" for name in REMARKS if name in running
    )
    only = [name for name in running if name not in serving]
    return (
        f"{HEADER}{REMARKS_HEADER}{remarks}\n"
        f"## What serves the dashboard\n\n{_table(serving)}\n## What trains, besides\n\n{_table(only)}"
    )


def _table(packages: list[str]) -> str:
    rows = [f"| `{name}` | {licence(name)} |\n" for name in packages]
    return "| Package | Licence |\n|---|---|\n" + "".join(rows)


def main() -> int:
    """Write the page."""
    write_text(TARGET, page())
    print(f"{TARGET}: written")
    return 0


if __name__ == "__main__":
    run(main)
