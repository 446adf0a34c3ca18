"""The options with which every process of a distributed training is started."""

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from configs import installed
from configs.errors import UserError
from configs.schema import Experiment

ADDRESSES, PROCESSES, PROCESS = (
    f"KERAS_DISTRIBUTION_{name}" for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
)
"""What ``keras.distribution.initialize`` reads from the environment, and so this does, too."""

WAIT_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """The processes of a training, and which of them this one is."""

    address: str
    """``host:port`` of process 0, where the others meet it."""
    processes: int
    process: int
    """This process, from 0 to ``processes - 1``."""
    wait: int = WAIT_SECONDS
    """Seconds to wait for the others at the start."""

    @property
    def leads(self) -> bool:
        """Whether this is process 0, which writes the run's folder."""
        return self.process == 0

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port of process 0."""
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options to the command line of training."""
    group = parser.add_argument_group(
        "several processes", "start the same command once for each, with its own --process-id (docs/scaling.md)"
    )
    group.add_argument(
        "--distribute",
        nargs="?",
        const="",
        metavar="HOST:PORT",
        help=f"train on several processes that meet at this address of process 0 (default: ${ADDRESSES})",
    )
    group.add_argument("--processes", type=int, metavar="N", help=f"how many there are (default: ${PROCESSES})")
    group.add_argument(
        "--process-id", type=int, metavar="I", help=f"which one this is, from 0 to N - 1 (default: ${PROCESS})"
    )
    group.add_argument(
        "--wait",
        type=int,
        metavar="SECONDS",
        help=f"how long to wait for the others at the start (default: {WAIT_SECONDS})",
    )


def cluster_of(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Cluster | None:
    """Return what the options and the environment say; None without ``--distribute``. Raises ``UserError``."""
    if arguments.distribute is None:
        for name in ("processes", "process_id", "wait"):
            if getattr(arguments, name) is not None:
                raise UserError(f"--{name.replace('_', '-')} is for a training on several processes: add --distribute")
        return None
    address = (arguments.distribute or environment.get(ADDRESSES, "")).partition(",")[0]
    if not address:
        raise UserError(f"--distribute needs the address of process 0: give it as HOST:PORT, or in {ADDRESSES}")
    port = re.fullmatch(r"(?:[^:\s]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", address)
    if port is None or not 0 < int(port[1]) < 65536:
        raise UserError(f"--distribute {address}: is no address; give it as HOST:PORT, such as 10.0.0.1:1234")
    processes = _number(arguments.processes, "--processes", PROCESSES, environment)
    process = _number(arguments.process_id, "--process-id", PROCESS, environment)
    if processes < 1:
        raise UserError(f"--processes {processes}: must be at least 1")
    if not 0 <= process < processes:
        raise UserError(f"--process-id {process}: must be from 0 to {processes - 1}, as there are {processes}")
    return Cluster(address, processes, process, WAIT_SECONDS if arguments.wait is None else max(1, arguments.wait))


def _number(given: int | None, option: str, variable: str, environment: Mapping[str, str]) -> int:
    if given is not None:
        return given
    if variable not in environment:
        raise UserError(f"--distribute needs {option}, or {variable} in the environment")
    try:
        return int(environment[variable])
    except ValueError:
        raise UserError(f"{variable}={environment[variable]}: must be a whole number") from None


def check(cluster: Cluster, experiment: Experiment) -> None:
    """Raise ``UserError`` unless Keras computes on JAX, and the batch can be shared by the processes."""
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "jax":
        raise UserError(f"--distribute trains on Keras's JAX backend, not on {backend}: set KERAS_BACKEND=jax")
    installed.demand("--distribute", "jax")
    check_batch(experiment.train.batch_size, cluster.processes, "processes")


def check_batch(size: int, parts: int, names: str) -> None:
    """Raise ``UserError`` unless a batch can be shared evenly."""
    if size % parts:
        less, more = size - size % parts, size - size % parts + parts
        fitting = f"{less} or {more}" if less else f"{more}"
        raise UserError(f"train.batch_size: {size} images can't be shared evenly by {parts} {names}; {fitting} could")
