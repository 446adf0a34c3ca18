"""The processes below another, as Linux tells them."""

from pathlib import Path


def descendants(pid: int) -> dict[int, str]:
    """Return the processes below ``pid``, and what each is called."""
    children: dict[int, list[int]] = {}
    names = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found, waiting = {}, [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found[child] = names[child]
            waiting.append(child)
    return found


def workers_below(pid: int) -> list[int]:
    """Return the Ray workers below ``pid`` that work on items."""
    return [child for child, name in descendants(pid).items() if name.startswith("ray::") and "Map" in name]
