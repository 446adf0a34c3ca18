"""Fuzz everything that reads a stranger's files: ``make fuzz``, or ``python -m tests.fuzz --targets logs``."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from configs import paths
from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from tests.fuzz import running
from tests.fuzz.targets import targets
from tools.dashboard import machine


def main() -> int:
    """Run the command line; the exit code is 1 if there were faults."""
    parser = ArgumentParser(prog="python -m tests.fuzz", description="Feed mutated files to all that reads files.")
    parser.add_argument("--targets", nargs="+", choices=list(targets()), default=list(targets()), help="(default: all)")
    parser.add_argument("--inputs", type=int, default=20_000, help="inputs per target (default: 20000)")
    parser.add_argument("--minutes", type=float, default=30, help="at most so long per target (default: 30)")
    parser.add_argument("--seed", type=int, default=0, help="other seeds give other inputs (default: 0)")
    parser.add_argument("--jobs", type=int, default=2, help="targets at one time (default: 2)")
    place = paths.cache_dir() / "fuzz"
    parser.add_argument(
        "--keep", type=Path, default=place, metavar="FOLDER", help=f"where inputs with faults are put ({place})"
    )
    arguments = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}, seed {arguments.seed}\n")
    print("| target | inputs | read | refused | died in a process of its own | slowest, s | faults |")
    print("|---|---|---|---|---|---|---|", flush=True)
    failed, kept = 0, []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        tasks = {
            name: pool.submit(running.run, name, arguments.inputs, arguments.seed, 60 * arguments.minutes)
            for name in arguments.targets
        }
        for name, task in tasks.items():
            report = task.result()
            seen = report.outcomes
            faults = ", ".join(f"{seen[fault]} {fault}" for fault in running.FAULTS if seen[fault]) or "none"
            print(
                f"| {name} | {report.count:,} | {seen['read']:,} | {seen['refused']:,} | {seen['died']:,} | "
                f"{report.slowest:.2f} | {faults} |",
                flush=True,
            )
            failed += report.failed
            kept += running.keep(name, report, arguments.seed, arguments.keep)
    for path in kept:
        print(f"kept {path}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    run_main(main)
