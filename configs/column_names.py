"""Names of the columns of a table that has one for each model, class or metric beside columns of its own."""

from collections.abc import Collection, Sequence


def apart(names: Sequence[str], own: Collection[str], kind: str = "model") -> list[str]:
    """Return a column for each of some different names, unlike all others and the table's ``own`` columns.

    ``kind`` is what the names are of, and is added to one that is also an own column's.

    >>> apart(["pets_unet", "Share", "Share (model)"], ("Class", "Share"))
    ['pets_unet', 'Share (model) (model)', 'Share (model)']
    """
    taken = {*own, *names}
    columns = []
    for name in names:
        column = name
        if name in own:
            while column in taken:
                column += f" ({kind})"
            taken.add(column)
        columns.append(column)
    return columns
