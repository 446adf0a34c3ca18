"""The Dockerfile's steps, taken as they stand, in a copy of what git tracks and an environment of its own."""

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from configs.paths import ROOT
from tests.pages.conftest import wait_until

NAME = "segdeck.example.org"


@dataclass
class Build:
    """What the Dockerfile makes: a folder, its environment, and how to start and to examine it."""

    folder: Path
    environment: dict[str, str]
    steps: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    healthy: str = ""


def instructions():
    """Return the instructions of the Dockerfile, with what follows each."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


def read(folder, environment) -> Build:
    """Read the Dockerfile; accounts and their folders are not made outside of a container."""
    build = Build(folder, environment)
    for name, rest in instructions():
        if name == "RUN" and not rest.startswith("useradd "):
            build.steps.append(rest)
        elif name == "ENV":
            build.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif name == "CMD":
            build.start = json.loads(rest)
        elif name == "HEALTHCHECK":
            build.healthy = rest.split(" CMD ", 1)[1]
    return build


def test_it_installs_what_serves_on_the_oldest_python_and_runs_as_nobody_special():
    found = instructions()
    names = [name for name, _ in found]
    assert dict(found)["FROM"] == "python:3.11-slim"
    assert dict(found)["USER"] not in {"root", "0"}
    assert names.index("USER") < max(index for index, name in enumerate(names) if name == "RUN")
    assert any("--require-hashes -r requirements-serve.lock" in rest for name, rest in found if name == "RUN")


def tracked(folder: Path) -> Path:
    """Copy the files that git tracks, or would, without what .dockerignore leaves out."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    left_out = set((ROOT / ".dockerignore").read_text().split())
    for name in filter(None, names):
        if name.partition("/")[0] not in left_out and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def status(port: int, path: str, host: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def build(tmp_path) -> Build:
    """Make the environment and do the steps."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("SEGDECK_", "KERAS_", "TF_"))}
    environment = {**inherited, "PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    environment.pop("PYTHONPATH", None)
    asked = subprocess.run(
        ["python", "-m", "pip", "download", "--no-deps", "--no-cache-dir", "-d", tmp_path / "asked", "namex==0.1.0"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode:
        pytest.skip(f"needs a package index: {asked.stderr.strip().splitlines()[-1]}")
    build = read(tracked(tmp_path / "app"), environment)
    for step in build.steps:
        done = subprocess.run(
            ["sh", "-c", step], cwd=build.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{step}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return build


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_its_steps_serve_the_dashboard_without_tensorflow(build):
    site = next((build.folder.parent / "venv").glob("lib/python3.*/site-packages"))
    assert not [name for name in ("av", "nncf", "tensorboard", "tensorflow") if (site / name).exists()]
    exported = [path.name for path in (build.folder / ".cache" / "compiled").iterdir() if path.is_dir()]
    zoo = [path for path in (build.folder / "models" / "zoo").iterdir() if path.is_dir()]
    assert len(exported) == len(zoo) > 0

    port = free_port()
    environment = {**build.environment, "PORT": str(port), "HOSTS": NAME}
    server = subprocess.Popen(build.start, cwd=build.folder, env=environment, start_new_session=True)
    try:
        check = ["sh", "-c", build.healthy]
        wait_until(lambda: subprocess.run(check, env=environment, capture_output=True, check=False).returncode == 0)
        assert status(port, "/", NAME) == 200
        assert status(port, "/", "another.example.org") == 403
        address = Path("/proc/net/tcp")
        if address.exists():  # Linux: it listens on every interface
            assert f"00000000:{port:04X}" in address.read_text()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        assert server.wait(60) is not None
