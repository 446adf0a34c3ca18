"""The command line that exports a run."""

import os
import subprocess
import sys

from configs.paths import ROOT
from models.inference import export


def test_a_second_call_does_no_work(tiny):
    export.exported(tiny)
    program = (
        "import runpy, sys; sys.argv = ['export', sys.argv[1]]\n"
        "try: runpy.run_module('models.export', run_name='__main__', alter_sys=False)\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert not {'keras', 'tensorflow', 'openvino'} & set(sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tiny.path)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "tiny: ready for prediction\n", "")
