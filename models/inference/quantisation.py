"""What makes an int8 network of a run's float32 graph: a small file of scales, and the biases they are corrected with.

The weights themselves are not stored again: they are rounded to the stored scales when the int8 graph is made, which
needs nothing but OpenVINO. The file names places of the graph by their position, which does not depend on how the
operations are called, and it fits only a graph of the same structure.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as opset
from openvino._offline_transformations import compress_quantize_weights_transformation

from configs.errors import UserError
from configs.files import write_bytes

SCHEMA = 1
"""Version of the layout of the file."""

Place = tuple[int, int]
"""An input of an operation: the operation's position in ``operations``, and the number of the input."""
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Quantiser:
    """Rounds what flows into ``places`` to one of ``levels`` values from ``low`` to ``high``, as ``FakeQuantize`` does.

    ``low`` and ``high`` have the rank of what they bound, with the size 1 along axes that share one value.
    """

    places: tuple[Place, ...]
    levels: int
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)


@dataclass(frozen=True)
class Quantisation:
    """How a network is computed in int8.

    Attributes:
        weights: SHA-256 of the float weights that it was made for.
        graph: The ``fingerprint`` of their float32 graph.
        quantisers: Where values are rounded, and how.
        constants: Biases that replace those of the float32 graph.
        facts: How it was made, as JSON: for people, and for what is shown of it.
    """

    weights: str
    graph: str
    quantisers: tuple[Quantiser, ...]
    constants: dict[Place, Floats]
    facts: dict[str, Any]

    def applied(self, model: openvino.Model) -> None:
        """Turn a run's float32 graph into its int8 graph, in place.

        Raises ``UserError`` if the graph does not have the structure that this was made for.
        """
        nodes = operations(model)
        if fingerprint(model) != self.graph:
            raise UserError(
                "its int8 scales were made for another graph; make them again with python -m models.quantize"
            )
        for (node, port), values in self.constants.items():
            nodes[node].input(port).replace_source_output(opset.constant(values).output(0))
        for one in self.quantisers:
            node, port = one.places[0]
            source = nodes[node].input_value(port)
            low, high = opset.constant(one.low), opset.constant(one.high)
            rounded = opset.fake_quantize(source, low, high, low, high, one.levels)
            for node, port in one.places:
                nodes[node].input(port).replace_source_output(rounded.output(0))
        compress_quantize_weights_transformation(model)
        model.validate_nodes_and_infer_types()

    def write(self, file: Path) -> None:
        """Write the file; equal content gives equal bytes. Raises ``OSError``."""
        head = {
            "schema": SCHEMA,
            "weights": self.weights,
            "graph": self.graph,
            "quantisers": [{"places": one.places, "levels": one.levels} for one in self.quantisers],
            "constants": list(self.constants),
            "facts": self.facts,
        }
        arrays: dict[str, NDArray[Any]] = {"head": np.frombuffer(json.dumps(head, sort_keys=True).encode(), np.uint8)}
        for index, one in enumerate(self.quantisers):
            arrays[f"range {index}"] = np.stack([one.low, one.high])
        for index, values in enumerate(self.constants.values()):
            arrays[f"constant {index}"] = values
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **arrays)
        write_bytes(file, content.getvalue())


def read(file: Path) -> Quantisation:
    """Read what ``Quantisation.write`` wrote. Raises ``UserError`` if the file is missing or damaged."""
    advice = "make it again with python -m models.quantize"
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["schema"] != SCHEMA:
                raise UserError(f"{file} has the layout {head['schema']}, not {SCHEMA}; {advice}")
            ranges = [arrays[f"range {index}"] for index in range(len(head["quantisers"]))]
            constants = [arrays[f"constant {index}"] for index in range(len(head["constants"]))]
        quantisers = [
            Quantiser(tuple((node, port) for node, port in one["places"]), one["levels"], low, high)
            for one, (low, high) in zip(head["quantisers"], ranges, strict=True)
        ]
        places = [(node, port) for node, port in head["constants"]]
        by_place = dict(zip(places, constants, strict=True))
        return Quantisation(head["weights"], head["graph"], tuple(quantisers), by_place, head["facts"])
    except OSError as error:
        raise UserError(f"{file} can't be read ({error.strerror or error}); {advice}") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{file} is damaged; {advice}") from error


def between(plain: openvino.Model, quantised: openvino.Model, weights: str, facts: dict[str, Any]) -> Quantisation:
    """Return what turns ``plain`` into ``quantised``, the same graph with ``FakeQuantize`` operations and other biases.

    Both must name their operations alike, and the weights of ``quantised`` not be compressed. Raises ``ValueError`` if
    the graphs differ in another way.
    """
    nodes = operations(plain)
    twins = {node.get_friendly_name(): node for node in quantised.get_ordered_ops()}
    places: dict[str, list[Place]] = {}  # of each FakeQuantize, by its name
    rounders: dict[str, openvino.Node] = {}
    constants: dict[Place, Floats] = {}
    for position, node in enumerate(nodes):
        twin = twins[node.get_friendly_name()]
        for port, (value, other) in enumerate(zip(node.input_values(), twin.input_values(), strict=True)):
            source, found = value.get_node(), other.get_node()
            if found.get_type_name() == "FakeQuantize":
                places.setdefault(found.get_friendly_name(), []).append((position, port))
                rounders[found.get_friendly_name()] = found
                found = found.input_value(0).get_node()
            if source.get_type_name() != found.get_type_name():
                raise ValueError(f"input {port} of {node.get_friendly_name()} comes from {found.get_friendly_name()}")
            if source.get_type_name() == "Constant" and not np.array_equal(source.data, found.data):
                constants[position, port] = np.array(found.data, np.float32)
    quantisers = [_quantiser(rounders[name], tuple(found)) for name, found in places.items()]
    return Quantisation(weights, fingerprint(plain), tuple(quantisers), constants, facts)


def _quantiser(node: openvino.Node, places: tuple[Place, ...]) -> Quantiser:
    low, high, out_low, out_high = (np.array(value.get_node().data, np.float32) for value in node.input_values()[1:])
    if not (np.array_equal(low, out_low) and np.array_equal(high, out_high)):
        raise ValueError(f"{node.get_friendly_name()} does not only round")
    return Quantiser(places, node.get_attributes()["levels"], low, high)


def operations(model: openvino.Model) -> list[openvino.Node]:
    """Return the operations of a graph, all but constants, each after those it depends on.

    The order follows the inputs back from the results, so it is the same for every graph of the same structure.
    """
    order: list[openvino.Node] = []
    seen: set[str] = set()
    waiting: list[tuple[openvino.Node, Iterator[openvino.Node]]] = []
    for result in model.get_results():
        waiting.append((result, _sources(result)))
        while waiting:
            node, sources = waiting[-1]
            source = next((one for one in sources if one.get_name() not in seen), None)
            if source is None:
                waiting.pop()
                seen.add(node.get_name())
                order.append(node)
            else:
                waiting.append((source, _sources(source)))
    return order


def _sources(node: openvino.Node) -> Iterator[openvino.Node]:
    sources = (value.get_node() for value in node.input_values())
    return (source for source in sources if source.get_type_name() != "Constant")


def fingerprint(model: openvino.Model) -> str:
    """Return a hash of a graph's structure: kinds, shapes and connections of its operations, but no values or names."""
    nodes = operations(model)
    position = {node.get_name(): index for index, node in enumerate(nodes)}
    described = []
    for node in nodes:
        inputs = [
            position.get(value.get_node().get_name(), [int(size) for size in value.get_shape()])
            for value in node.input_values()
        ]
        shapes = [[int(size) for size in output.get_shape()] for output in node.outputs()]
        described.append([node.get_type_name(), shapes, inputs])
    return sha256(json.dumps(described).encode()).hexdigest()
