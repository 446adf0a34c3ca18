"""How the live route loads models: what is loaded already answers on while the page looks its models up anew."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from pages.server import live_visit
from pages.server.live_visit import Visit


@pytest.fixture
def loading(monkeypatch):
    """Let a model's predictor be its name in capitals, and loading wait for an event."""
    free = threading.Event()

    def load(model: Any, precision: None, streams: int) -> str:
        assert free.wait(60)
        if model.name.startswith("broken"):
            raise OSError("no memory")
        return str(model.name.upper())

    monkeypatch.setattr(live_visit, "predictor", load)
    yield free
    free.set()


def visit_of(name: str) -> Any:
    permit: Any = SimpleNamespace(models={"pets": SimpleNamespace(name=name)})
    nothing: Any = None
    turns: Any = SimpleNamespace(at_once=1)
    return Visit(nothing, permit, b"", turns, nothing)


def told(story: Coroutine[Any, Any, Any]) -> Any:
    """Return what comes of a story, in a thread of its own: the browser of other tests has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


def test_a_loaded_model_answers_while_it_is_looked_up_anew(loading):
    async def story() -> list[str]:
        visit = visit_of("old")
        loading.set()
        found = [await visit._load("pets")]
        loading.clear()
        visit.permit.models["pets"] = SimpleNamespace(name="new")
        assert visit._load("pets").done(), "the earlier one"
        found.append(visit._load("pets").result())
        loading.set()
        await visit.loads["pets"][1]
        found.append(visit._load("pets").result())
        assert visit.earlier == {}, "it is not kept longer than it is needed"
        return found

    assert told(story()) == ["OLD", "OLD", "NEW"]


def test_a_model_that_failed_is_loaded_again(loading):
    async def story() -> str:
        visit = visit_of("broken")
        loading.set()
        with pytest.raises(OSError, match="no memory"):
            await visit._load("pets")
        visit.permit.models["pets"] = SimpleNamespace(name="mended")
        loaded: str = await visit._load("pets")
        return loaded

    assert told(story()) == "MENDED"
