import subprocess
import sys
import threading

import pytest
from etils import epy

from configs.paths import ROOT
from data import store
from data.lazy_imports import kept_to_this_thread

IMPORTS = "from .decoder import JSONDecoder\nimport colorsys"


def test_another_thread_imports_normally():
    names = {"__package__": "json"}
    with kept_to_this_thread(), epy.lazy_imports():
        import wave

        thread = threading.Thread(target=exec, args=(IMPORTS, names))
        thread.start()
        thread.join()
    assert type(wave).__name__ == "LazyModule"
    assert {name: type(names.get(name)).__name__ for name in ("JSONDecoder", "colorsys")} == {
        "JSONDecoder": "type",
        "colorsys": "module",
    }


def test_the_restriction_ends_with_the_block():
    before = epy.lazy_imports_utils._lazy_import
    with pytest.raises(ZeroDivisionError), kept_to_this_thread():
        print(1 / 0)
    assert epy.lazy_imports_utils._lazy_import is before


OPEN = """
import contextlib, sys, threading
from pathlib import Path
from etils import epy
from etils.epy import lazy_imports_utils

imported, lazy_imports = [], lazy_imports_utils.lazy_imports

def look():
    found = {"__package__": "json"}
    try:
        exec("from .decoder import JSONDecoder", found)
        imported.append(found["JSONDecoder"].__name__)
    except ValueError as error:
        imported.append(str(error))

@contextlib.contextmanager
def observed(**callbacks):
    with lazy_imports(**callbacks):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        yield

lazy_imports_utils.lazy_imports = epy.lazy_imports = observed
from data import store
print(store.open_split("camvid", "train", Path(sys.argv[1]))[0].id, *sorted(set(imported)))
"""


@pytest.mark.parametrize("what", ["building", "reading"])
def test_opening_a_dataset_breaks_no_import_of_another_thread(tiny_data, own_cache, what):
    if what == "reading":
        store.open_all("camvid", tiny_data)
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(tiny_data)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "a_1 JSONDecoder\n", done.stderr
