"""Exports networks to OpenVINO or ONNX; TensorFlow is needed for ONNX, and for networks with unusual layers.

python -m models.export                            export all published models that are not exported yet, int8 included
python -m models.export RUN OUT                    write one run's OpenVINO graphs to the new folder OUT
python -m models.export --format onnx RUN OUT      write OUT/model.onnx
"""

import os
import sys
from pathlib import Path
from typing import get_args

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference import export, export_child, export_together
from models.inference.formats import Format
from models.inference.keras_networks import NeedsTensorFlowError
from models.runs import registry
from models.runs.run import Run


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m models.export", description="Export networks to OpenVINO or ONNX.")
    parser.add_argument(
        "--format", choices=export.FOLDERS, default="openvino", help="what to write (default: openvino)"
    )
    parser.add_argument("run", nargs="?", help="name or folder of a run; without it, all published models")
    parser.add_argument("out", nargs="?", type=Path, help="new folder for the graphs; without it, the cache")
    parser.add_argument(
        "--backend",
        choices=get_args(export_child.Backend),
        help="of Keras, to export with to OUT (default: openvino, or tensorflow where only that can)",
    )
    arguments = parser.parse_args()
    if arguments.out is not None:
        if arguments.out.exists():
            raise UserError(f"{arguments.out} exists already; give a folder that does not")
        return _write(registry.find_run(arguments.run), arguments.out, arguments.format, arguments.backend)
    if arguments.run is not None:
        runs = [registry.find_run(arguments.run)]
    else:
        runs = [model for model in registry.runs() if model.published]
    if arguments.format == "openvino":
        export_together.ahead(runs)
    for model in runs:
        if arguments.format == "openvino":
            export_together.ready(model)
            print(f"{model.name}: ready for prediction")
        else:
            print(f"{model.name}: {export.exported_onnx(model)}")
    return 0


def _write(model: Run, out: Path, form: Format, backend: export_child.Backend | None) -> int:
    """Write the graphs of a run to ``out``; return the exit code."""
    if backend is None:
        export.write(model, form, out)
        return 0
    os.environ["KERAS_BACKEND"] = backend
    try:
        (export.write_onnx if form == "onnx" else export.write_graphs)(model, out)
    except NeedsTensorFlowError as error:
        print(error, file=sys.stderr)
        return export_child.NEEDS_TENSORFLOW
    return 0


if __name__ == "__main__":
    run(main)
