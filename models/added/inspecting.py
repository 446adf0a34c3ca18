"""Reads a model file and runs it once, in this process; ``inspection`` does the same in a child process."""

from pathlib import Path

from models.added import graph, guesses, inspect_onnx, refusals, trial
from models.added.draft import Draft
from models.added.engines import OpenVINOEngine
from models.added.facts import ModelFacts


def inspect_here(path: Path, convert_into: Path | None = None) -> ModelFacts:
    """Describe the model at ``path``; see ``inspection.inspect``. A bad file may take this process down."""
    refusals.refuse(path)
    draft = inspect_onnx.read(path)
    return complete(draft)


def complete(draft: Draft) -> ModelFacts:
    """Run the network of a draft once, and answer all questions about it."""
    trial.the_input(draft)
    network = graph.read(draft.path)
    graph.describe(network, draft)
    endings = [graph.ending(network, index) for index in range(len(network.outputs))]
    engine = OpenVINOEngine(draft.path)
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
