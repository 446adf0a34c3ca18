"""Check that a message has the facts it needs, whatever its sentence."""

import re


def facts(*expected: object) -> str:
    """Return a pattern for texts that have all of these numbers, names, paths and key words, in any order.

    Each counts only as a whole: 4 is neither in 40 nor in 4.5. The pattern suits ``pytest.raises(match=...)``.
    """
    return r"\A" + "".join(f"(?=(?s:.*){_whole(str(fact))})" for fact in expected)


def _whole(fact: str) -> str:
    before = r"(?<!\d[.,])" if fact[:1].isdigit() else ""
    after = r"(?![.,]\d)" if fact[-1:].isdigit() else ""
    return rf"(?<!\w){before}{re.escape(fact)}(?!\w){after}"


def mentions(text: str, *expected: object) -> bool:
    """Return whether ``text`` has all of these facts."""
    return bool(re.match(facts(*expected), text))
