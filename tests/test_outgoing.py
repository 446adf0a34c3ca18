"""Nothing is sent to other computers by importing what the project runs on."""

import os
import subprocess
import sys

import pytest

from configs.paths import ROOT
from tests.audit.outgoing import watched


def sent_by(program, home):
    environment, outgoing = watched(home)
    subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **environment}, check=False, capture_output=True
    )
    return outgoing.read_text().splitlines()


@pytest.mark.parametrize(
    "program",
    [
        "import models.inference.predictor, time; time.sleep(2)",  # OpenVINO reports from a process of its own
        "import models.export, time; time.sleep(2)",
        "import data.prepare, train.__main__",
        "import streamlit, plotly",
    ],
)
def test_importing_sends_nothing(program, tmp_path):
    assert sent_by(program, tmp_path) == []


@pytest.mark.parametrize(
    ("program", "sent"),
    [
        (
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))",
            "socket.connect 192.0.2.1",
        ),
        ("import socket; socket.getaddrinfo('segdeck.invalid', 80)", "socket.getaddrinfo segdeck.invalid"),
        ("import openvino, time; time.sleep(2)", "socket.getaddrinfo www.google-analytics.com"),
    ],
)
def test_what_is_sent_is_noticed(program, sent, tmp_path):
    """Without this, an empty list would prove nothing."""
    assert set(sent_by(program, tmp_path)) == {sent}
