"""Shares work on many images among the processes of a Ray cluster, in order and without losing any, on Ray Data."""

import contextlib
import logging
import os
import pickle
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from configs import paths
from configs.command_line import quiet_libraries
from configs.errors import UserError
from models.inference.ray_options import LOCAL, RayOptions

ROWS = 4
"""Images that a worker gets at one time, and does again if it is killed."""
STORE_BYTES = 256 << 20
"""Ray's memory for what is between two processes, on this computer: paths and counts, never images."""
PASSED_ON = ("SEGDECK_", "KERAS_BACKEND", "ONEDNN_", "OV_")
"""Beginnings of the environment's variables that workers get, too."""


class Worker(Protocol):
    """What works on one item after another, such as a predictor that is loaded."""

    def __call__(self, item: Any, /) -> Any:
        """Work on an item. Raises ``UserError`` if it can't be done; both it and the result can be pickled."""


class _Actor:
    """Makes the worker once, in a process of its own, and works on row after row.

    A ``UserError`` is handed over as a result: Ray would wrap one that is raised, and start the process again.
    """

    def __init__(self, make: Callable[[], Worker]) -> None:
        self._work: Worker | None = None
        self._error: UserError | None = None
        try:
            self._work = make()
        except UserError as error:
            self._error = error

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        result: Any = self._error
        if self._work is not None:
            try:
                result = self._work(pickle.loads(row["item"]))  # noqa: S301 - from the process that started this one
            except UserError as error:
                result = error
        return {"index": row["index"], "result": pickle.dumps(result)}


def mapped(make: Callable[[], Worker], items: Sequence[Any], options: RayOptions) -> Iterator[Any]:
    """Yield what a worker makes of every item, in order.

    ``make`` is pickled and called once in each worker. What a killed worker was doing is done again by another.

    Raises:
        UserError: If there is no cluster at the address, and as the workers.
    """
    with _running(options):
        import ray

        count = options.workers or sum(node["Alive"] for node in ray.nodes())
        rows = [{"index": index, "item": pickle.dumps(item)} for index, item in enumerate(items)]
        blocks = max(1, -(-len(rows) // ROWS))
        # One image keeps all cores of a computer busy, so workers are spread over computers and not counted by cores.
        results = ray.data.from_items(rows, override_num_blocks=blocks).map(
            _Actor,
            fn_constructor_args=(make,),
            compute=ray.data.ActorPoolStrategy(size=count),
            num_cpus=0,
        )
        done = 0
        for row in results.iter_rows():
            if row["index"] != done:
                raise RuntimeError(f"Ray gave item {row['index']} instead of {done}")
            result = pickle.loads(row["result"])  # noqa: S301 - from a process that this one has started
            if isinstance(result, UserError):
                raise result
            yield result
            done += 1
        if done != len(rows):
            raise RuntimeError(f"Ray gave {done} of {len(rows)} items")


@contextlib.contextmanager
def _running(options: RayOptions) -> Iterator[None]:
    """Start Ray, or join the cluster, for the time of the block. Nothing is reported to Ray's makers."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_worker_niceness", "0")  # as if the command worked itself; Ray would give way to all else
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what goes wrong comes as an exception, too
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # what Ray will do by itself, and warns about
    with quiet_libraries():
        import ray
        import ray.data

    _check_listening(options.address)
    environment = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(paths.ROOT), os.environ.get("PYTHONPATH"))))
    here = {"include_dashboard": False, "object_store_memory": STORE_BYTES} if options.address == LOCAL else {}
    try:
        with quiet_libraries():  # it says on stderr how it will log
            ray.init(
                options.address,
                runtime_env={"env_vars": environment},
                log_to_driver=False,
                logging_level=logging.ERROR,
                **here,
            )
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise _absent(options.address, reason) from error
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.execution_options.preserve_order = True
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        yield
    finally:
        ray.shutdown()


def _check_listening(address: str) -> None:
    """Raise ``UserError`` if nobody listens at ``host:port``; Ray would try for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=10):
                pass
        except (OSError, OverflowError) as error:
            raise _absent(address, str(error)) from error


def _absent(address: str, reason: str) -> UserError:
    return UserError(
        f"--ray {address}: there is no Ray cluster to join ({reason}); start one, or leave out the address"
    )
