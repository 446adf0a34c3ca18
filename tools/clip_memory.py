"""Measure the memory that predicting a long clip takes: ``python -m tools.clip_memory``.

A clip is generated, a photograph under a moving camera, and ``models.predict`` predicts all of it. The memory of its
process, and of those it starts, is read from the operating system: at most while the first ten seconds of the clip are
predicted, and at most until the end.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from tools.benchmark_video import write_clip
from tools.dashboard import machine
from tools.visitors_memory import Memory

FIRST_SECONDS = 10


def frames_done(folder: Path) -> int:
    """Return how many label maps one model has by now, wherever below a folder they are being written."""
    return max(Counter(file.parent for file in folder.rglob("*.png")).values(), default=0)


def main() -> int:
    """Print the figures."""
    parser = ArgumentParser(prog="python -m tools.clip_memory", description="Measure the memory of a long clip.")
    parser.add_argument("models", nargs="*", default=["pets_unet"], help="published models or runs (pets_unet)")
    parser.add_argument("--minutes", type=float, default=10, help="length of the clip (10)")
    parser.add_argument("--rate", type=int, default=10, help="frames per second of the clip (10)")
    parser.add_argument("--height", type=int, default=720, help="height of the frames, 16:9 (720)")
    arguments = parser.parse_args()
    frames = round(arguments.minutes * 60 * arguments.rate)
    with tempfile.TemporaryDirectory() as folder:
        clip, output = Path(folder) / "clip.mp4", Path(folder) / "out"
        write_clip(clip, frames, arguments.height, arguments.height * 16 // 9 // 2 * 2, arguments.rate)
        chosen = [part for name in arguments.models for part in ("--model", name)]
        command = [sys.executable, "-m", "models.predict", *chosen, "--input", str(clip), "--output", str(output)]
        with (Path(folder) / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as job:
            memory = Memory(job.pid)
            while job.poll() is None and frames_done(Path(folder)) < FIRST_SECONDS * arguments.rate:
                time.sleep(0.2)
            first, memory.most = memory.most, 0
            job.wait()
        if job.returncode:
            raise UserError(f"models.predict failed: {(Path(folder) / 'log').read_text().strip().splitlines()[-1]}")
    print(f"{machine()}; {', '.join(arguments.models)}; {frames:,} frames of {arguments.minutes:g} minutes\n")
    print(f"first {FIRST_SECONDS} seconds: at most {first / 1e6:,.0f} MB")
    print(f"afterwards: at most {memory.most / 1e6:,.0f} MB, {(memory.most - first) / 1e6:+,.0f}")
    return 0


if __name__ == "__main__":
    run(main)
