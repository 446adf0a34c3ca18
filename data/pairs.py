"""Pair images and annotations by name, never by the order of a listing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from configs.errors import UserError
from data.dataset import Pair
from data.decode import SUFFIXES


def by_stem(folder: Path, suffixes: Iterable[str] = SUFFIXES) -> dict[str, Path]:
    """Return the files of ``folder`` with one of ``suffixes`` (in any case) by stem, sorted.

    Hidden files are skipped: official archives contain macOS's ``._`` files. Raises ``UserError`` if the folder cannot
    be listed or two files share a stem.
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise UserError(f"{folder}: cannot be listed ({error.strerror}); it should be a folder of files") from error
    files: dict[str, Path] = {}
    for path in paths:
        if path.name.startswith(".") or path.suffix.lower() not in suffixes:
            continue
        if path.stem in files:
            raise UserError(f"{path}: has the same stem as {files[path.stem].name}, so the pairs are ambiguous")
        files[path.stem] = path
    return files


def listed(file: Path) -> list[str]:
    """Return the ids of a list file: the first word of each line that is neither empty nor a ``#`` comment.

    Raises ``UserError`` if the file cannot be read, lists nothing, or lists an id twice.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read as a list of images ({error})") from error
    ids: dict[str, None] = {}
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ids:
            raise UserError(f"{file}, line {number}: lists {words[0]} twice")
        ids[words[0]] = None
    if not ids:
        raise UserError(f"{file}: lists no images")
    return list(ids)


def of_list(
    file: Path, images: Mapping[str, Path], annotations: Mapping[str, Path], places: tuple[Path, Path]
) -> list[Pair]:
    """Pair every id that ``file`` lists, sorted by id; other images and annotations are ignored.

    Images and annotations are given by stem; ``places`` are their folders, for the messages. Raises ``UserError`` if a
    listed image or its annotation is missing.
    """
    pairs = []
    for name in sorted(listed(file)):
        for what, files, place in (("image", images, places[0]), ("mask", annotations, places[1])):
            if name not in files:
                raise UserError(f"{place / name}: there is no {what} of this name, though {file} lists it")
        pairs.append(Pair(name, images[name], annotations[name]))
    return pairs


def of_folders(images: Path, annotations: Path, annotation_suffixes: Iterable[str] = (".png",)) -> list[Pair]:
    """Pair every image of one folder with the annotation of the same stem in another, sorted by id.

    Raises ``UserError`` if an image or an annotation has no partner, or there are none.
    """
    image_files, annotation_files = by_stem(images), by_stem(annotations, annotation_suffixes)
    for name in sorted(image_files.keys() - annotation_files.keys()):
        raise UserError(f"{image_files[name]}: has no mask; {annotations} should hold one of the same stem")
    for name in sorted(annotation_files.keys() - image_files.keys()):
        raise UserError(f"{annotation_files[name]}: has no image; {images} should hold one of the same stem")
    if not image_files:
        raise UserError(f"{images}: holds no images ({', '.join(SUFFIXES)})")
    return [Pair(name, image_files[name], annotation_files[name]) for name in sorted(image_files)]
