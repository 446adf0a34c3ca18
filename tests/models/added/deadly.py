"""Engines that take their process down when they load a file, for processes that are started from now on."""

from pathlib import Path

import pytest

OPENVINO = "import openvino; openvino.Core.compile_model = lambda *_: os.abort()"
LITERT = "from ai_edge_litert import interpreter; interpreter.Interpreter = lambda **_: os.abort()"
ONNXRUNTIME = "import onnxruntime; onnxruntime.InferenceSession = lambda *_, **__: os.kill(os.getpid(), signal.SIGSEGV)"


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    """Let every Python that starts after this run ``engine`` first; this process keeps the engines that it has."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"import os, signal\n{engine}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
