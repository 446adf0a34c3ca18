"""Reads a model file and runs it once, in this process; ``inspection`` does the same in a child process."""

from pathlib import Path
from typing import Any

from configs.errors import UserError
from models.added import (
    graph,
    guesses,
    inspect_keras,
    inspect_onnx,
    inspect_openvino,
    inspect_tflite,
    refusals,
    sidecars,
    trial,
)
from models.added.draft import Draft
from models.added.engines import Engine, OpenVINOEngine
from models.added.facts import Guess, ModelFacts
from models.added.graph import Ending


def inspect_here(path: Path, convert_into: Path | None = None, size: tuple[int, int] | None = None) -> ModelFacts:
    """Describe the model at ``path``; see ``inspection.inspect``. A bad file may take this process down."""
    refusals.refuse(path)
    suffix = path.suffix.lower()
    if suffix in {".tflite", ".lite"}:
        draft, engine = inspect_tflite.read(path)
        return _complete(path.parent, draft, engine, _optional_graph(path), size)
    if suffix == ".onnx":
        draft = inspect_onnx.read(path)
    elif suffix == ".xml":
        draft = inspect_openvino.read(path)
    elif convert_into is None:
        raise UserError(f"{path.name} has to be converted, so it needs a folder to convert it into")
    elif path.is_dir():
        draft = inspect_openvino.inspect_saved_model(path, convert_into)
    else:
        draft = inspect_keras.convert(path, convert_into, size)
    trial.the_input(draft)
    return _complete(path.parent, draft, OpenVINOEngine(draft.path), graph.read(draft.path), size)


def _optional_graph(path: Path) -> Any:
    """Return the graph of a TFLite file as OpenVINO reads it; None if it can't, because another engine runs it."""
    try:
        return graph.read(path)
    except UserError:
        return None


def _complete(source: Path, draft: Draft, engine: Engine, network: Any, size: tuple[int, int] | None) -> ModelFacts:
    """Run the network of a draft once, and answer all questions about it; ``source`` is the folder it came from."""
    refusals.refuse_large(draft.path.parent, draft.files)
    if size is not None:
        draft.hints["input_size"] = Guess(value=size, certain=True, reason="as asked for")
    endings: list[Ending] = ["other"] * len(draft.outputs)
    if network is not None and len(network.outputs) == len(endings):
        graph.describe(network, draft)  # before the files beside it: what the network does itself is not done again
        endings = [graph.ending(network, index) for index in range(len(endings))]
    sidecars.read(source, draft)
    if [port.name for port in draft.outputs] != [port.name for port in engine.outputs]:
        draft.outputs = engine.outputs  # outputs are asked for by the names that the engine knows
    seen = trial.run(engine, draft)
    answers = guesses.guesses(draft, seen, endings)
    return ModelFacts(
        format=draft.format,
        files=draft.files,
        inputs=draft.inputs,
        outputs=draft.outputs,
        parameters=draft.parameters,
        producer=draft.producer,
        task=draft.task,
        engine=seen.engine,
        seconds=seen.seconds,
        guesses=answers,
        warnings=tuple(draft.warnings),
    )
