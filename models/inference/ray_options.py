"""The options that spread a command line's images over the processes of a Ray cluster."""

import argparse
from dataclasses import dataclass

from configs import installed
from configs.errors import UserError

LOCAL = "local"


@dataclass(frozen=True)
class RayOptions:
    """Where Ray runs, and how many workers it starts there."""

    address: str = LOCAL
    """``local`` starts Ray on this computer; ``host:port`` or ``auto`` is a cluster that this computer is part of."""
    workers: int | None = None
    """None is one on every computer of the cluster."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command line."""
    group = parser.add_argument_group("many images", "on the computers of a Ray cluster (docs/scaling.md)")
    group.add_argument(
        "--ray",
        nargs="?",
        const=LOCAL,
        metavar="ADDRESS",
        help="share the images among workers of the Ray cluster there; without an address, on this computer",
    )
    group.add_argument("--ray-workers", type=int, metavar="N", help="how many workers (default: one on every computer)")


def options_of(arguments: argparse.Namespace) -> RayOptions | None:
    """Return what the command line says; None without ``--ray``. Raises ``UserError`` if it can't be done."""
    if arguments.ray is None:
        if arguments.ray_workers is not None:
            raise UserError("--ray-workers is for work on Ray: add --ray")
        return None
    if arguments.ray_workers is not None and arguments.ray_workers < 1:
        raise UserError(f"--ray-workers {arguments.ray_workers}: must be at least 1")
    installed.demand("--ray", "ray")
    return RayOptions(arguments.ray, arguments.ray_workers)
