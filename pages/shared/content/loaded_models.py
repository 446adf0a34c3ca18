"""Models that are ready to predict, loaded once for all visitors and let go when nobody uses them."""

import threading
import time
from weakref import WeakKeyDictionary

import streamlit as st

from configs.errors import UserError
from models.inference.formats import Precision
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor, usual_precision
from models.runs import familiarity, registry
from models.runs.model import Model
from pages.shared.content.images import BY_DIGEST
from pages.shared.ui import memory

RESTS = 30
"""Seconds after which a model that is not used gives back the memory of computing; it has it again in milliseconds."""
LET_GO = 900
"""Seconds after which a model that nobody asks for is let go; it takes less than a second to load it again."""


def weights_digest(run: Model) -> str:
    """Return the SHA-256 of everything a model's predictions depend on."""
    return run.digest()


def _key(run: Model) -> tuple[str, str, str]:
    return weights_digest(run), str(run.path), familiarity.digest(run)


CACHE_KEYS = BY_DIGEST | dict.fromkeys(registry.KINDS, _key)
"""What identifies a picture and a model in Streamlit's caches."""

_Key = tuple[str, str, str] | None
_ASKED: WeakKeyDictionary[Predictor, tuple[float, _Key, tuple[Model, Precision, int]]] = WeakKeyDictionary()
"""When a loaded model was last asked for, what identified it then, and how it was asked for."""
_LOCK = threading.Lock()


def predictor(run: Model, precision: Precision | None = None, streams: int = 1) -> Predictor:
    """Return a model ready to predict in a precision, by default its usual one here; loaded once for all visitors.

    ``streams`` are as in ``RunPredictor.load``.

    Raises:
        UserError: If the model is damaged or cannot be compiled.
    """
    arguments = run, precision or usual_precision(run), streams
    loaded = _predictor(*arguments)
    with _LOCK:
        _ASKED[loaded] = time.monotonic(), _key_now(run), arguments
    return loaded


def _key_now(run: Model) -> _Key:
    """Return what identifies a model; None if its files are gone."""
    try:
        return _key(run)
    except (OSError, UserError):
        return None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=CACHE_KEYS)
def _predictor(run: Model, precision: Precision, streams: int) -> Predictor:
    loaded = load_predictor(run, precision, streams)
    memory.return_free()  # what reading and compiling took
    return loaded


def let_go_unused(now: float) -> bool:
    """Let models go that have not been used for long, and those that rest give back memory.

    ``now`` is that of ``time.monotonic``. Whoever still holds a model that is let go can go on with it. Returns whether
    there was any.
    """
    gave = False
    with _LOCK:
        asked = dict(_ASKED)
    for loaded, (last, key, arguments) in asked.items():
        if now - max(last, loaded.used) > LET_GO:
            with _LOCK:
                _ASKED.pop(loaded, None)
            if key == _key_now(arguments[0]):
                _predictor.clear(*arguments)
            else:
                _predictor.clear()  # its files have changed, so it can't be named any more
            gave = True
        elif loaded.rest(RESTS):
            gave = True
    return gave
