"""Change files as damage, mistakes and malice do."""

import re
from random import Random

Files = dict[str, bytes]
"""The content of each file of an input, by its path with ``/`` between folders."""

NUMBERS = (
    *(b"0", b"-1", b"1", b"255", b"256", b"65536", b"2147483648", b"9223372036854775808", b"1e308", b"1e999", b"-0.0"),
    *(b"NaN", b"Infinity", b"9" * 400, b"0.1", b"1_000", b"0x10", b"null", b"true", b'"7"', b"[]", b"{}"),
)
"""What takes the place of a number in a text."""
WORDS = (
    b"",
    b"../../x",
    b"a,b",
    b"\xff\xfe",
    b"\x00",
    b"\n\n",
    b"*a",
    b"&a [*a]",
    b"-",
    b"~",
    "日本".encode(),
    b"x" * 5000,
)
"""What is put into a text."""
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
NAMES = ("x.png", "sub/x.json", "classes.txt", "masks/x.png", "data.yaml", "labelmap.txt")


def mutated(files: Files, random: Random) -> Files:
    """Return a copy of an input with one to four changes."""
    changed = dict(files)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        if len(changed) > 1 and random.random() < 0.15:
            _change_names(changed, random)
        elif changed:
            name = random.choice(sorted(changed))
            changed[name] = _changed(changed[name], random)
    return changed


def _change_names(files: Files, random: Random) -> None:
    """Remove, rename or exchange files, in place."""
    one, other = random.sample(sorted(files), 2)
    match random.randrange(3):
        case 0:
            del files[one]
        case 1:
            files[random.choice(NAMES)] = files.pop(one)
        case _:
            files[one], files[other] = files[other], files[one]


def _changed(content: bytes, random: Random) -> bytes:
    """Return the content of a file with one change."""
    if not content:
        return random.choice(WORDS)
    data, at = bytearray(content), random.randrange(len(content))
    length = min(len(content) - at, random.choice((1, 2, 4, 16, 256)))
    match random.randrange(10):
        case 0:
            data[at] ^= 1 << random.randrange(8)
        case 1:
            data[at : at + length] = random.randbytes(length)
        case 2:
            data[at : at + length] = bytes([random.choice((0, 255))]) * length
        case 3:
            return content[:at]
        case 4:
            del data[at : at + length]
        case 5:
            data[at:at] = random.choice(WORDS)
        case 6:
            data[at:at] = data[at : at + length] * random.choice((1, 3, 50))
        case 7:
            start = random.randrange(len(content))
            data[at : at + length] = data[start : start + length]
        case _:
            return _with_another_number(content, random)
    return bytes(data)


def _with_another_number(content: bytes, random: Random) -> bytes:
    found = list(_NUMBER.finditer(content[: 1 << 20]))
    if not found:
        return content[: random.randrange(len(content))]
    match = random.choice(found)
    return content[: match.start()] + random.choice(NUMBERS) + content[match.end() :]
