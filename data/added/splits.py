"""Divide pictures into train and val where a folder does not."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from configs.errors import UserError
from data.dataset import Pair

VAL_PERCENT = 20


def divide(found: Mapping[str, Sequence[Pair]], folder: str) -> tuple[dict[str, list[Pair]], str]:
    """Return the splits to use, and one sentence on where they come from.

    Splits of the folder are kept, and what is in none of them is left out. Without them, ``train`` and ``val``, which
    training needs, are made of what it has otherwise: by a hash of the id, so that adding pictures moves none of those
    that were there. Raises ``UserError``, naming ``folder``, if it has fewer than two pictures with a mask.
    """
    known = {split: list(members) for split, members in found.items() if members}
    if "train" in known and "val" in known:
        count = len(known.pop("", ()))
        rest = f" {count} of its pairs {'is' if count == 1 else 'are'} in neither and left out." if count else ""
        return _ordered(known), f"The splits are those of the folder.{rest}"
    test = {"test": known.pop("test")} if known.keys() - {"test"} and "test" in known else {}
    pool = _pooled(known)
    if len(pool) < 2:
        raise UserError(
            f"{folder}: has {len(pool)} pictures with a mask to train on and score on; at least 2 are needed"
        )
    source = "" if "" in known else f", made of its {' and '.join(known)}"
    sentence = f"The folder has no train and val of its own{source}: a hash of the name makes {VAL_PERCENT} % val."
    return _ordered(_hashed(pool) | test), sentence


def _pooled(known: Mapping[str, Sequence[Pair]]) -> list[Pair]:
    """Return the pairs of several splits, sorted by id; of two with one id, the second is given its split's name."""
    pool: dict[str, Pair] = {}
    for split, members in known.items():
        for pair in members:
            own = pair if pair.id not in pool else replace(pair, id=f"{split}__{pair.id}")
            pool[own.id] = own
    return [pool[key] for key in sorted(pool)]


def _hashed(pool: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Divide pairs by a hash of their id; a part that remains empty gets the one that is nearest to it."""
    numbers = {pair.id: int(hashlib.sha256(pair.id.encode()).hexdigest()[:8], 16) % 10_000 for pair in pool}
    limit = VAL_PERCENT * 100
    lowest, *_, highest = sorted(pool, key=lambda pair: (numbers[pair.id], pair.id))
    val = {pair.id for pair in pool if numbers[pair.id] < limit} | {lowest.id}
    val -= {highest.id}
    return {
        "train": [pair for pair in pool if pair.id not in val],
        "val": [pair for pair in pool if pair.id in val],
    }


def _ordered(splits: Mapping[str, list[Pair]]) -> dict[str, list[Pair]]:
    return {split: splits[split] for split in ("train", "val", "test") if split in splits}
