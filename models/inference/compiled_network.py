"""Runs exported networks on OpenVINO, in no more memory than that takes."""

import contextlib
import mmap
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from models.added import openvino_graphs

_CORE = openvino.Core()
_CORE.set_property(openvino_graphs.WHOLE)


class CompiledNetwork:
    """An OpenVINO IR on the CPU. Several threads may use one at once.

    OpenVINO keeps a network's weights twice: as it has read them, and in the order in which it computes. So they are
    read from a file of the process's own, whose part of the memory goes back to the operating system when the network
    is compiled. Nobody else can cut that file off, which would end the process.
    """

    def __init__(
        self, graph: Path, settings: Mapping[str, Any], change: Callable[[openvino.Model], None], streams: int = 1
    ) -> None:
        """Compile a network.

        Args:
            graph: Its ``.xml``, with the ``.bin`` beside it.
            settings: OpenVINO's properties.
            change: Is called with the network before it is compiled.
            streams: How many inputs it computes at a time.

        Raises:
            RuntimeError: If OpenVINO can't read or compile it.
        """
        self._weights = own_file(graph.with_suffix(".bin"))  # has to last as long as the network
        network = _read(graph, self._weights)
        change(network)
        self._compiled = _CORE.compile_model(network, "CPU", settings)
        if self._weights is not None:
            self._weights.madvise(mmap.MADV_DONTNEED)  # what is needed after all is read again
        self._idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(streams):
            self._idle.put(self._compiled.create_infer_request())

    @contextlib.contextmanager
    def outputs(self, batch: NDArray[np.float32]) -> Iterator[Any]:
        """Compute the outputs for an input ``(1, h, w, 3)``; they are overwritten after the ``with`` block."""
        request = self._idle.get()
        try:
            yield request.infer([batch], share_inputs=True, share_outputs=True)
        finally:
            self._idle.put(request)

    def release_memory(self) -> None:
        """Give back the memory between inputs and outputs until the next input; does nothing while it computes."""
        with contextlib.suppress(RuntimeError):  # it computes
            self._compiled.release_memory()


def own_file(path: Path) -> mmap.mmap | None:
    """Map a copy of a file that only this process has, for as long as it is mapped.

    Returns None where that gives no memory back, or there is no space for the copy.
    """
    if sys.platform != "linux":
        return None
    for folder in (path.parent, None):  # the cache may be read-only
        with contextlib.suppress(OSError, ValueError), tempfile.TemporaryFile(dir=folder) as own:
            with path.open("rb") as file:
                shutil.copyfileobj(file, own)
            own.flush()
            return mmap.mmap(own.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    return None


def _read(graph: Path, weights: mmap.mmap | None) -> openvino.Model:
    if weights is None:
        return _CORE.read_model(str(graph))
    tensor = openvino.Tensor(np.frombuffer(weights, np.uint8), shared_memory=True)
    try:
        return _CORE.read_model(graph.read_bytes(), tensor)
    except OSError as error:
        raise RuntimeError(f"{graph} can't be read ({error.strerror})") from error
