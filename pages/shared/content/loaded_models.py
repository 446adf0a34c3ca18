"""Models that are ready to predict, loaded once for all visitors and let go when nobody uses them."""

import threading
import time
from weakref import WeakKeyDictionary

import streamlit as st

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


CACHE_KEYS = BY_DIGEST | dict.fromkeys(
    registry.KINDS, lambda run: (weights_digest(run), str(run.path), familiarity.digest(run))
)
"""What identifies a picture and a model in Streamlit's caches."""


_ASKED: WeakKeyDictionary[Predictor, tuple[float, tuple[Model, Precision, int]]] = WeakKeyDictionary()
"""When a loaded model was last asked for, and how."""
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
        _ASKED[loaded] = time.monotonic(), arguments
    return loaded


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
    for loaded, (last, arguments) in asked.items():
        if now - max(last, loaded.used) > LET_GO:
            _predictor.clear(*arguments)
            with _LOCK:
                _ASKED.pop(loaded, None)
            gave = True
        elif loaded.rest(RESTS):
            gave = True
    return gave
