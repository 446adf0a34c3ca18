"""Look at a folder: what it holds, and whether it can be added as a dataset."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from configs.errors import UserError
from data import class_files, colours, formats
from data.added import conventions, description, names, palettes, splits
from data.added.conventions import Convention
from data.added.survey import Survey, survey
from data.dataset import Pair
from data.formats import Format
from data.formats.shared import class_tables
from data.formats.shared.contract import ClassTable, Listing
from data.formats.shared.tree import Tree, scan
from data.label_space import IGNORE

AUTO = "auto"
"""The format that is recognised by itself."""


@dataclass(frozen=True)
class Findings:
    """What a folder holds.

    Attributes:
        name: The name to add it under.
        format: The name of its format.
        splits: The pairs by split, as they will be used.
        splits_from: Where the splits come from, in one sentence.
        table: The classes with their colours, or None if nothing names them.
        notes: What a user should know, one sentence each.
        problems: Why it cannot be added, one sentence each; empty if it can.
    """

    name: str
    folder: Path
    format: str
    splits: Mapping[str, Sequence[Pair]]
    splits_from: str
    listing: Listing
    table: ClassTable | None
    survey: Survey
    notes: Sequence[str]
    problems: Sequence[str]


def look(
    folder: Path, name: str, form: str = AUTO, classes: Path | None = None, said: Convention = conventions.GUESSED
) -> Findings:
    """Look at a folder without writing anything; ``classes`` is a file that names the classes.

    Raises:
        UserError: If the name cannot be used, the folder is in no known format or holds no pairs, ``classes`` is not a
            table of classes, or what is ``said`` of the masks does not apply. What the masks hold is never raised but
            is among the ``problems``.
    """
    names.check(name)
    tree = scan(folder.expanduser().absolute())
    form = formats.detect(tree) if form == AUTO else form
    reader = formats.get(form)
    listing = reader.listing(tree)
    divided, splits_from = splits.divide(listing.splits, str(folder))
    table = _named_classes(reader, tree, listing, classes)
    own_notes = table.notes if table else ()
    if said != conventions.GUESSED:
        if table is None:
            raise UserError(f"{folder}: nothing names its classes; name them with --classes FILE: {class_files.HELP}")
        table = said.applied(table, labels_all=reader.UNCOVERED is None)
    named = table
    table, seen, notes, problems = _understood(reader, listing.pairs, table, said)
    problems += seen.faults
    if table is not None:
        fitting = [] if named is None else _fitting(reader, listing.pairs, named, said, (table, seen))
        wrong = unexplained(seen, table)
        notes += [] if wrong or reader.UNCOVERED is not None else [sentence for _, sentence in fitting]
        hint = "".join(f"; or try {option}, which explains every value" for option, _ in fitting)
        problems += [f"{sentence}{hint}" for sentence in wrong]
        table = coloured(table)
        problems += _written_unlike(seen)
        problems += palettes.faults(table, seen) if said.marked_by is None else []
        problems += _only_void(seen, table)
        notes += _remarks(seen, table)
        problems += _invalid(name, folder, form, table)
    notes = [*listing.notes, *own_notes, *notes, *_in_two_splits(divided)]
    return Findings(name, tree.root, form, divided, splits_from, listing, table, seen, notes, problems)


def coloured(table: ClassTable) -> ClassTable:
    """Return the table with a colour for every class; of two equal ones the second is replaced."""
    kept: list[str | None] = []
    for one in table.classes:
        kept.append(one.colour if one.colour not in kept else None)
    background = [
        colour is None and one.name == table.uncovered for one, colour in zip(table.classes, kept, strict=True)
    ]
    for index, plain in enumerate(background):
        if plain and "#000000" not in kept:
            kept[index] = "#000000"
    fresh = iter(colours.distinct(kept.count(None), [colour for colour in kept if colour]))
    chosen = [colour or next(fresh) for colour in kept]
    return replace(
        table, classes=tuple(replace(one, colour=colour) for one, colour in zip(table.classes, chosen, strict=True))
    )


def unexplained(seen: Survey, table: ClassTable) -> list[str]:
    """Return a sentence on the values that no class explains, with their share and where the first one is."""
    unknown = [value for value in seen.pixels if value not in table.ids()]
    if not unknown:
        return []
    total = seen.pixels.total()
    share = sum(seen.pixels[value] for value in unknown) / total
    values = [value for value in unknown if value is not None]
    what = class_tables.named(values) if values else "pixels that no label covers"
    hint = ""
    if len(values) > 20:
        hint = "; so many come from smoothed edges or from JPEG: export the masks without either"
    one_or_more = "these values" if len(unknown) > 1 else "this value"
    sentence = f"{what}: no class explains {one_or_more}, {share:.2%} of the pixels, first in {seen.first[unknown[0]]}"
    return [f"{sentence}{hint}; name the classes with --classes FILE: {class_files.HELP}"]


def _named_classes(reader: Format, tree: Tree, listing: Listing, classes: Path | None) -> ClassTable | None:
    """Return the classes that a file names, or else those of the folder, or None."""
    own = reader.class_table(tree, listing)
    if classes is None:
        return own
    table = class_tables.from_file(class_files.read(classes), classes.name, named=reader.NAMED)
    if own is None:
        return table
    if reader.UNCOVERED is not None and not reader.NAMED:
        table = _numbered(table, own)
    return replace(_with_special(table, own) if reader.NAMED else table, notes=own.notes)


def _numbered(table: ClassTable, own: ClassTable) -> ClassTable:
    """Return the classes of a plain list with the numbers of the format's own classes, which need not begin at 0.

    Raises ``UserError`` if there are more or fewer, so that nobody could say which is which.
    """
    marked = [one for one in own.classes if one.values]
    numbers = [value for one in marked for value in one.values]
    if table.first_id is None or numbers == list(range(len(numbers))):
        return table
    if len(marked) != len(table.classes):
        example, last = marked[-1], marked[-1].values[0]
        counts = f"has {len(table.classes)} classes without numbers, but {own.origin} has {len(marked)}"
        raise UserError(f"{table.origin}: {counts}; begin each line with its number, like: {last} {example.name}")
    pairs = zip(table.classes, marked, strict=True)
    return replace(table, classes=tuple(replace(mine, values=one.values) for mine, one in pairs), first_id=None)


def _with_special(table: ClassTable, own: ClassTable) -> ClassTable:
    """Return the classes of a file with the background and void of the format's own, which have names of their own."""
    known = [one.name for one in table.classes]
    first = [one for one in own.classes if one.name == own.uncovered and one.name not in known]
    last = [one for one in own.classes if one.name == own.void and one.name not in known]
    return replace(table, classes=(*first, *table.classes, *last), void=table.void or own.void, uncovered=own.uncovered)


def _understood(
    reader: Format, pairs: Sequence[Pair], table: ClassTable | None, said: Convention
) -> tuple[ClassTable | None, Survey, list[str], list[str]]:
    """Survey the masks; return the completed classes, the survey, notes and problems."""
    by_colour = table is not None and table.by_colour
    seen = survey(reader, pairs, table if by_colour else None)  # as the masks are, which the table may not expect
    notes: list[str] = []
    if table is None:
        try:
            table, note = class_tables.guessed(seen.pixels)
        except UserError as error:
            return None, seen, [], [] if seen.faults else [str(error)]
        notes.append(note)
    table, more = class_tables.completed(table, seen.pixels, reader.UNCOVERED)
    if said.marked_by is None:
        table, repainted = palettes.checked(table, seen)
        more += repainted
    if table.by_colour != by_colour:
        seen = survey(reader, pairs, table)
    return table, seen, [*notes, *more], []


def _fitting(
    reader: Format, pairs: Sequence[Pair], named: ClassTable, said: Convention, read: tuple[ClassTable, Survey]
) -> list[tuple[str, str]]:
    """Return the option, and what was assumed, of every other reading that explains all values and gives other classes.

    ``named`` are the classes as they are named, ``read`` the ones that were made of them, and what they were found in.
    """
    fitting = []
    for other, option, sentence in conventions.others(named, said, labels_all=reader.UNCOVERED is None):
        if other.by_colour == read[0].by_colour:
            table, seen = class_tables.completed(other, read[1].pixels, reader.UNCOVERED)[0], read[1]
        else:
            table, seen = other, survey(reader, pairs, other)
        if seen.faults or unexplained(seen, table) or _only_void(seen, table):
            continue
        if _by_class(table, seen) != _by_class(*read):
            fitting.append((option, sentence))
    return fitting


def _by_class(table: ClassTable, seen: Survey) -> Counter[str]:
    """Return the number of pixels of every class."""
    ids, counts = table.ids(), Counter[str]()
    for value, pixels in seen.pixels.items():
        counts[table.classes[ids[value]].name if value in ids else ""] += pixels
    return counts


def _only_void(seen: Survey, table: ClassTable) -> list[str]:
    """Return a sentence if everything that was seen is void: then the classes are probably not those of the masks."""
    ids, class_names = table.ids(), [one.name for one in table.classes]
    known = {class_names[ids[value]] for value in seen.pixels if value in ids}
    if table.void is None or known != {table.void}:
        return []
    values = class_tables.named([value for value in seen.pixels if value is not None])
    sentence = f"every pixel of the {seen.masks} masks that were read is {table.void} ({values or 'nothing is marked'})"
    return [f"{sentence}; if the folder has classes of its own, name them with --classes FILE"]


def _written_unlike(seen: Survey) -> list[str]:
    """Return a sentence if some masks are binary with 1 and others with 255, which would become void."""
    if {value for value in seen.pixels if value is not None} != {0, 1, IGNORE}:
        return []
    if any({1, IGNORE} <= values for values in seen.sets):
        return []
    some, others = f"some masks hold 0 and 1, such as {seen.first[1]}", f"others 0 and {IGNORE}"
    return [f"{some}, and {others}, such as {seen.first[IGNORE]}; write 1 in all of them if {IGNORE} means the same"]


def _remarks(seen: Survey, table: ClassTable) -> list[str]:
    """Return sentences on classes that no mask shows."""
    absent = [one.name for one in table.classes if one.values and not any(value in seen.pixels for value in one.values)]
    notes = []
    if table.uncovered in absent and None not in seen.pixels:
        notes.append(f"No mask shows {table.uncovered}: check that the masks are complete.")
    if seen.turned:
        notes.append(
            f"{seen.turned} pictures are turned upright by their EXIF orientation, as those of phones are: their masks "
            "must be of the upright picture."
        )
    others = [name for name in absent if name not in (table.uncovered, table.void)]
    if others:
        shown = ", ".join(others[: class_tables.SHOWN])
        notes.append(f"No mask that was read shows {shown}{' and others' if len(others) > class_tables.SHOWN else ''}.")
    return notes


def _in_two_splits(divided: Mapping[str, Sequence[Pair]]) -> list[str]:
    counts = Counter(image for members in divided.values() for image in {pair.image for pair in members})
    twice = [image for image, count in counts.items() if count > 1]
    return [f"{len(twice)} pictures are in more than one split, such as {twice[0].name}."] if twice else []


def _invalid(name: str, folder: Path, form: str, table: ClassTable) -> list[str]:
    """Return why a table of classes is not valid, if it is not."""
    try:
        description.parse(description.dump(description.of(name, folder, form, table)), str(folder))
    except UserError as error:
        return [str(error)]
    return []
