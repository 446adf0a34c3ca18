"""TFLite files on LiteRT."""

import struct
import zipfile

import numpy as np
import pytest

from configs.errors import UserError
from models.added.engines import LiteRTEngine, OpenVINOEngine
from models.added.inspect_tflite import read
from models.added.inspecting import inspect_here
from models.added.tflite_metadata import _normalisation
from tests.models.added import tflite_files
from tests.models.added.tflite_files import CLASSES, HEIGHT, WIDTH, picture

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def model():
    return tflite_files.network()


@pytest.fixture(scope="module")
def files(tmp_path_factory, model):
    """Return one file per type of its inputs and outputs."""
    folder = tmp_path_factory.mktemp("tflite")
    kinds = {"float32": None, "int8": "int8", "uint8": "uint8"}
    return {name: tflite_files.write(folder / f"{name}.tflite", model, kind) for name, kind in kinds.items()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["float32", "int8", "uint8"])
def test_a_file_is_read_and_run(files, model, kind):
    facts = inspect_here(files[kind])
    guesses = facts.guesses
    assert (facts.format, facts.files) == ("tflite", (f"{kind}.tflite",))
    assert facts.engine.startswith("LiteRT ")
    assert facts.inputs[0].dtype == kind
    assert (facts.inputs[0].scale is None) == (kind == "float32")
    assert facts.parameters == model.count_params()
    assert (guesses.layout.value, guesses.input_size.value) == ("NHWC", (HEIGHT, WIDTH))
    assert guesses.output.value == "probabilities"
    assert guesses.channels.value == CLASSES
    assert guesses.range.value == (0, 1)
    assert guesses.range.certain == (kind != "float32")  # a quantised input says what it reaches to


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "kind", "tolerance"),
    [
        (LiteRTEngine, "float32", 1e-6),
        (LiteRTEngine, "int8", 0.01),
        (LiteRTEngine, "uint8", 0.01),
        (OpenVINOEngine, "float32", 1e-6),
        (OpenVINOEngine, "int8", 0.1),  # it computes between quantised layers otherwise; misread bytes give 0.3
        (OpenVINOEngine, "uint8", 0.1),
    ],
)
def test_the_engines_give_the_scores_of_keras(files, model, engine, kind, tolerance):
    expected = model(picture()).numpy()
    assert expected.std() > 0.1
    (found,) = engine(files[kind]).infer(picture())
    assert found.dtype == np.float32
    assert np.abs(found - expected).mean() < tolerance


@pytest.mark.slow
def test_labels_in_the_file_name_the_classes(files, tmp_path):
    path = tmp_path / "labelled.tflite"
    path.write_bytes(files["float32"].read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "sky\ntraffic light\nroad\ncar\n")
    assert inspect_here(path).guesses.class_names.value == ("sky", "traffic light", "road", "car")


@pytest.mark.slow
def test_a_file_cut_short_is_refused(files, tmp_path):
    path = tmp_path / "short.tflite"
    path.write_bytes(files["float32"].read_bytes()[:800])
    with pytest.raises(UserError, match=r"short\.tflite"):
        read(path)


@pytest.mark.slow
def test_an_unknown_operator_is_named(tmp_path):
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((1, 8, 8, 3), tf.float32)])
    def network(image):
        return tf.raw_ops.Betainc(a=image, b=image, x=image)  # TFLite has no such operator

    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    converter.allow_custom_ops = True
    path = tmp_path / "custom.tflite"
    path.write_bytes(converter.convert())
    with pytest.raises(UserError, match="Betainc"):
        read(path)


@pytest.mark.parametrize("content", [b"hello", b"\0\0\0\0TFL3", b"\x08\0\0\0TFL3" + bytes(100), bytes(50)])
def test_what_is_no_tflite_file_is_refused(tmp_path, content):
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"other\.tflite"):
        read(path)


def vector(values: bytes, count: int) -> bytes:
    return struct.pack("<I", count) + values


def metadata(mean: list[float], std: list[float]) -> bytes:
    """Return TFLite metadata that say only how the first input is normalised, table by table from the end."""
    # Each table: a layout (its length, the table's, one offset per field), then how far back that lies, then fields.
    content = bytearray(4)

    def table(layout_size: int, fields: dict[int, int], targets: int) -> int:
        """Append a table whose ``fields`` have 4 bytes each, and return its position."""
        offsets = [0] * layout_size
        for place, number in enumerate(fields):
            offsets[number] = 4 + 4 * place
        layout = struct.pack(f"<{2 + layout_size}H", 4 + 2 * layout_size, 4 + 4 * len(fields), *offsets)
        start = len(content) + len(layout)
        content.extend(layout + struct.pack("<i", len(layout)) + bytes(4 * len(fields)))
        for place, number in enumerate(fields):
            fields[number] = start + 4 + 4 * place
        return start

    def refer(position: int, target: int) -> None:
        struct.pack_into("<I", content, position, target - position)

    def append(block: bytes) -> int:
        content.extend(block)
        return len(content) - len(block)

    names = ({3: 0}, {2: 0}, {4: 0}, {0: 0, 1: 0}, {0: 0, 1: 0})
    model, graph, tensor, unit, options = names
    struct.pack_into("<I", content, 0, table(4, model, 1))
    for outer, number, inner, size in ((model, 3, graph, 3), (graph, 2, tensor, 5), (tensor, 4, unit, 2)):
        entries = append(vector(bytes(4), 1))
        refer(outer[number], entries)
        refer(entries + 4, table(size, inner, 1))
    content[unit[0]] = 1
    refer(unit[1], table(2, options, 2))
    for number, values in ((0, mean), (1, std)):
        refer(options[number], append(vector(struct.pack(f"<{len(values)}f", *values), len(values))))
    return bytes(content)


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        ([127.5], [128], ((127.5,) * 3, (128,) * 3)),
        ([1, 2, 3], [4, 5, 6], ((1, 2, 3), (4, 5, 6))),
        ([], [1], None),
    ],
)
def test_normalisation_is_read_from_the_metadata(mean, std, expected):
    assert _normalisation(metadata(mean, std)) == expected
