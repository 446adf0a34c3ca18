"""Simulates visitors on replicas of the dashboard: ``python -m tools.simulate_replicas --speed FILE --models NAME``.

FILE is what ``python -m train.benchmark --json FILE`` has measured on the computer that is to serve. A picture takes
the networks of all models that a visitor compares, one after the other; a replica works on one picture at a time, and
others wait in order. A visitor looks at what came for a while, and then asks for the next picture.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference.benchmarks import ENGINES
from tools.replicas import POLICIES, Load, Outcome, simulate


def milliseconds(path: Path, models: list[str]) -> float:
    """Return the median time of a picture through some models, each in its usual precision, from a benchmark's file.

    Raises ``UserError`` if the file can't be read or has no such model.
    """
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))["models"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = f"write it with: python -m train.benchmark --openvino --json {path}"
        raise UserError(f"--speed {path}: is no file of a benchmark ({error}); {remedy}") from error
    if unknown := [name for name in models if name not in measured]:
        raise UserError(f"--speed {path}: has no {unknown[0]}; it has {', '.join(measured)}")
    facts = [measured[name] for name in models]
    return float(sum(one["milliseconds"][ENGINES[one["precision"]]]["median"] for one in facts))


def table(service: float, replicas: list[int], run_one: Callable[[int, str], Outcome]) -> str:
    """Return the waits for every number of replicas and every policy as a table in Markdown."""
    lines = [
        f"A picture takes {1000 * service:.0f} ms of a replica.\n",
        "| Replicas | Visitors are sent | Busy | Mean wait | 95 % wait at most |",
        "|---:|---|---:|---:|---:|",
    ]
    for count in replicas:
        for policy, title in POLICIES.items():
            if count == 1 and policy != "fewest":
                continue  # there is no choice
            found = run_one(count, policy)
            wait, most = (f"{1000 * value:,.0f} ms" for value in (found.waits.mean(), np.quantile(found.waits, 0.95)))
            lines.append(f"| {count} | {title if count > 1 else '–'} | {found.busy.mean():.0%} | {wait} | {most} |")
    return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m tools.simulate_replicas", description="Simulate visitors on replicas.")
    parser.add_argument("--speed", type=Path, metavar="FILE", help="what train.benchmark --json has written")
    parser.add_argument("--models", nargs="+", default=["pets_unet"], help="models that a visitor compares (pets_unet)")
    parser.add_argument("--milliseconds", type=float, metavar="MS", help="time of a picture, instead of --speed")
    parser.add_argument("--visitors", type=float, default=60, help="new visitors per minute (60)")
    parser.add_argument("--pictures", type=float, default=10, help="pictures of a visitor, on average (10)")
    parser.add_argument("--look", type=float, default=5, help="seconds of looking at a picture, on average (5)")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 3, 4], help="numbers of replicas (1 2 3 4)")
    parser.add_argument("--hours", type=float, default=12, help="hours to simulate (12)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if (given.speed is None) == (given.milliseconds is None):
        parser.error("give either --speed or --milliseconds")
    if min(*given.replicas, given.visitors, given.hours, given.look, given.pictures - 1 + 1e-9) <= 0:
        parser.error("--replicas, --visitors, --look and --hours must be above 0, and --pictures at least 1")
    service = (given.milliseconds or milliseconds(given.speed, given.models)) / 1000
    load = Load(given.visitors / 60, given.pictures, given.look)
    print(
        table(
            service,
            given.replicas,
            lambda count, policy: simulate(
                load, count, lambda _: service, policy=policy, seconds=3600 * given.hours, seed=given.seed
            ),
        )
    )
    return 0


if __name__ == "__main__":
    run(main)
