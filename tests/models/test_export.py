"""The command line that exports a run."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from configs.paths import ROOT
from models.inference import export
from models.inference.predictor import RunPredictor, noise


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


def test_several_networks_are_exported_in_one_process_and_as_in_one_of_their_own(make_run, tiny, tmp_path):
    runs = [make_run(tmp_path / name, tiny.experiment, seed=seed) for seed, name in enumerate(("first", "second"))]
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from models.inference import export\n"
        "from models.runs.run import Run\n"
        "export.export_child = None\n"
        "import numpy\n"
        "numpy.random.default_rng = None  # weights are loaded, not drawn\n"
        "for folder in sys.argv[1:]: print(export.export(Run(Path(folder), published=False), 'openvino', here=True))\n"
        "assert not {'pandas', 'scipy.signal', 'sklearn', 'tensorflow'} & set(sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *(str(run.path) for run in runs)],
        cwd=ROOT,
        env={**os.environ, "SEGDECK_CACHE": str(tmp_path / "cache"), "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for run, folder in zip(runs, result.stdout.splitlines(), strict=True):
        alone = export.exported(run)
        assert Path(folder).name == alone.name
        one, other = (
            RunPredictor(run, path / "float32.xml", "float32").infer(noise(run)) for path in (Path(folder), alone)
        )
        np.testing.assert_array_equal(one, other)
