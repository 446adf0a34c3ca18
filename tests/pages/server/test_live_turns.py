"""Who has a place, and whose turn it is."""

import asyncio

import pytest

from configs.errors import UserError
from pages.server.live_turns import PAGES_PER_VISITOR, Places, Turns
from tests.coroutines import run_coroutine
from tests.facts import facts


async def streamed(turns: Turns, visitor: bytes, models: int, seconds: float, log: list[bytes]) -> None:
    for _ in range(models):
        async with turns.turn(visitor):
            log.append(visitor)
            await asyncio.sleep(seconds)


def test_visitors_take_turns_whatever_each_asks_for():
    log: list[bytes] = []

    async def all_at_once() -> None:
        turns = Turns()
        # The first has three pages open, and asks for six models on each.
        pages = [streamed(turns, b"a", 6, 0.001, log) for _ in range(3)]
        await asyncio.gather(*pages, streamed(turns, b"b", 6, 0.001, log), streamed(turns, b"c", 6, 0.001, log))

    run_coroutine(all_at_once())
    assert len(log) == 30
    for start in range(0, 15, 3):
        assert set(log[start : start + 3]) == {b"a", b"b", b"c"}, "each has one turn in three"


def test_so_many_have_a_turn_at_once_and_no_visitor_holds_up_the_others():
    now: list[bytes] = []
    together: list[tuple[bytes, ...]] = []

    async def predict(turns: Turns, visitor: bytes) -> None:
        async with turns.turn(visitor):
            now.append(visitor)
            together.append(tuple(sorted(now)))
            await asyncio.sleep(0.001)
            now.remove(visitor)

    async def all_at_once() -> None:
        turns = Turns(2)
        await asyncio.gather(*(predict(turns, b"a") for _ in range(12)), *(predict(turns, b"b") for _ in range(3)))

    run_coroutine(all_at_once())
    assert max(len(visitors) for visitors in together) == 2
    assert len(together) == 15
    assert sum(b"b" in visitors for visitors in together[:8]) >= 3, "each has one turn in two while both wait"


def test_a_turn_that_fails_is_passed_on():
    async def fail_and_go_on() -> None:
        turns = Turns()
        with pytest.raises(ZeroDivisionError):
            async with turns.turn(b"a"):
                raise ZeroDivisionError
        async with asyncio.timeout(5), turns.turn(b"b"):
            pass

    run_coroutine(fail_and_go_on())


def test_places_are_counted_by_visitor_and_given_back():
    places = Places(2)
    with places.place(b"a"), places.place(b"a"), places.place(b"b"):
        with pytest.raises(UserError, match=facts(2)), places.place(b"c"):
            pass
        with places.place(b"a"):
            pass
    with places.place(b"c"), places.place(b"d"):
        pass


def test_a_visitor_has_only_so_many_pages():
    places = Places(1)
    held = [places.place(b"a") for _ in range(PAGES_PER_VISITOR)]
    for place in held:
        place.__enter__()
    with pytest.raises(UserError, match=facts(PAGES_PER_VISITOR)), places.place(b"a"):
        pass
    for place in held:
        place.__exit__(None, None, None)
    with places.place(b"b"):
        pass
