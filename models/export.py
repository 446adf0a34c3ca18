"""Exports networks to OpenVINO or ONNX.

python -m models.export                            export all published models that are not exported yet, int8 included
python -m models.export RUN OUT                    write one run's OpenVINO graphs to the new folder OUT
python -m models.export --format onnx RUN OUT      write OUT/model.onnx
"""

from pathlib import Path

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference import export
from models.runs import registry


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m models.export", description="Export networks to OpenVINO or ONNX.")
    parser.add_argument(
        "--format", choices=export.FOLDERS, default="openvino", help="what to write (default: openvino)"
    )
    parser.add_argument("run", nargs="?", help="name or folder of a run; without it, all published models")
    parser.add_argument("out", nargs="?", type=Path, help="new folder for the graphs; without it, the cache")
    arguments = parser.parse_args()
    if arguments.out is not None:
        if arguments.out.exists():
            raise UserError(f"{arguments.out} exists already; give a folder that does not")
        write = export.write_onnx if arguments.format == "onnx" else export.write_graphs
        write(registry.find_run(arguments.run), arguments.out)
        return 0
    if arguments.run is not None:
        runs = [registry.find_run(arguments.run)]
    else:
        runs = [model for model in registry.runs() if model.published]
    for model in runs:
        folder = export.export(model, arguments.format)
        if arguments.format == "openvino" and model.quantisation.is_file():
            from models.inference import quantised  # late, because OpenVINO takes a third of a second

            quantised.quantised(model)
        result = "ready for prediction" if arguments.format == "openvino" else folder / "model.onnx"
        print(f"{model.name}: {result}")
    return 0


if __name__ == "__main__":
    run(main)
