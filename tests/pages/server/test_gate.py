"""Which hosts and origins are let in, asked of a running server."""

import os
import shlex
import subprocess
from contextlib import contextmanager

import pytest

from configs.paths import ROOT
from pages.server import gate
from tests.pages.server.asking import answer, websocket
from tools import dashboard


def commands_of(*arguments):
    """Return what make would do; what it says of folders when it is run by another make is left out."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    order = ["make", "--no-print-directory", "-n", *arguments]
    return subprocess.run(
        order, cwd=ROOT, env=inherited, capture_output=True, text=True, check=True
    ).stdout.splitlines()


@contextmanager
def started(folder, *arguments):
    with dashboard.serving(folder / "server.log", {}, [*dashboard.DASHBOARD, *arguments]) as server:
        yield server.address


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with started(tmp_path_factory.mktemp("server"), "--server.corsAllowedOrigins", "https://friend.example") as address:
        yield address


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8501", 200),
        ("[::1]:8501", 200),
        ("LOCALHOST", 200),
        ("rebound.example", 403),
        ("localhost.rebound.example", 403),
        ("localhost@rebound.example", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/media/none", "/save/none"])
def test_a_request_for_another_host_is_refused(address, host, path, status):
    status = 404 if status == 200 and path.endswith("/none") else status
    assert answer(address, path, Host=host).status == status


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:9", True),
        ("https://friend.example", True),
        ("http://friend.example", False),
        ("https://friend.example.evil.example", False),
        ("http://203.0.113.9", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_pages_of_other_servers_are_refused(address, origin, allowed):
    for path in ("/", "/_stcore/health"):
        assert answer(address, path, Origin=origin).status == (200 if allowed else 403)
    assert websocket(address, origin) == allowed


def test_the_own_origin_and_programs_without_one_are_let_in(address):
    assert answer(address, "/", Origin=address).status == answer(address, "/").status == 200
    assert websocket(address, address)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "localhost:8501", True),
        ("https://segdeck.example", "segdeck.example", True),  # behind a proxy that keeps Host
        ("https://Segdeck.example", "segdeck.example", True),
        ("https://segdeck.example:8443", "segdeck.example", False),
        ("https://other.example", "segdeck.example", False),
        ("https://other.example", "", False),
        ("", "", False),
        ("null", "", False),
    ],
)
def test_a_proxy_that_keeps_the_host_needs_no_setting(origin, host, allowed):
    assert gate.origin_allowed(origin, host) is allowed


def test_it_is_opened_to_others_on_purpose_under_the_names_given(tmp_path):
    lines = commands_of("run", "HOST=0.0.0.0", "HOSTS=segdeck.example other.example", "PORT=8600")
    told = [line for line in lines if line.startswith("echo")]
    assert len(told) == 2
    assert "0.0.0.0:8600" in told[0]
    assert {"SEGDECK_ADDING=on.", "segdeck.example"} <= set(told[1].split())
    arguments = shlex.split(lines[-1].partition("--server.port 8600")[2])
    with started(tmp_path, *arguments) as address:
        elsewhere = address.replace("localhost", "127.0.0.2")  # also this computer's, but not localhost's
        assert answer(elsewhere, "/", Host="segdeck.example:8600").status == 200
        assert answer(elsewhere, "/", Host="other.example").status == 200
        assert answer(elsewhere, "/", Host="rebound.example").status == 403
        assert "segdeck.example" in (tmp_path / "server.log").read_text()


def test_run_is_for_this_computer_unless_told_otherwise():
    for arguments in (["run"], ["run", "HOST=127.0.0.1"]):
        commands = "\n".join(commands_of(*arguments))
        assert "streamlit run" in commands
        assert "server.address" not in commands
        assert "allowedHosts" not in commands
