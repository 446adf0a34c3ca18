"""Added models: each label map equals one that is computed here from the network's output in plain NumPy."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper
from PIL import Image

from configs.errors import UserError
from data.geometry import image_to_network, letterbox
from models.added.predictor import FilePredictor
from models.added.predictor import placed as at_input
from tests.facts import facts
from tests.models.added.described import NAMES, SIZE, added, head
from tests.models.added.onnx_files import constant, model, port

PICTURES = [(90, 61), (32, 48), (20, 100)]


def picture(size, seed=0):
    """Return noise that is smooth enough for regions to form."""
    height, width = size
    small = np.random.default_rng(seed).integers(0, 256, (height // 6 + 2, width // 6 + 2, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def bilinear(plane, size):
    """Resize ``(h, w, C)`` with half-pixel centres and clamped edges, in float64."""
    for axis, length in enumerate(size):
        old = plane.shape[axis]
        position = np.clip((np.arange(length) + 0.5) * old / length - 0.5, 0, old - 1)
        lower = np.floor(position).astype(int)
        upper = np.minimum(lower + 1, old - 1)
        share = (position - lower).reshape([-1 if other == axis else 1 for other in range(3)])
        plane = plane.take(lower, axis) * (1 - share) + plane.take(upper, axis) * share
    return plane


def nearest(labels, size):
    for axis, length in enumerate(size):
        old = labels.shape[axis]
        labels = labels.take(np.minimum(((np.arange(length) + 0.5) * old / length).astype(int), old - 1), axis)
    return labels


def placed(size, resize):
    """Return top, left, height and width of the picture in the input."""
    if resize == "stretch":
        return 0, 0, *SIZE
    scale = min(SIZE[0] / size[0], SIZE[1] / size[1])
    height, width = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
    return (SIZE[0] - height) // 2, (SIZE[1] - width) // 2, height, width


def expected(found, image):
    """Return the label map of an image ``(H, W, 3)``, and for each pixel by how much the best score wins."""
    about = found.description
    size, given = image.shape[:2], about.input
    top, left, height, width = placed(size, given.resize)
    # How a picture is made smaller is tested with data.geometry; where it lies is computed here.
    pixels = image_to_network(image, letterbox(size, SIZE, given.resize), 114).astype(np.float64)
    assert pixels.shape[:2] == SIZE
    if given.resize == "letterbox":
        outside = np.ones(SIZE, bool)
        outside[top : top + height, left : left + width] = False
        assert (pixels[outside] == 114).all()
    values = given.range[0] + pixels / 255 * (given.range[1] - given.range[0])
    values = (values - (given.mean or 0)) / (given.std or 1)
    values = values[..., ::-1] if given.colour == "BGR" else values
    batch = values[None] if given.layout == "NHWC" else values.transpose(2, 0, 1)[None]
    session = onnxruntime.InferenceSession(str(found.weights), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"image": batch.astype(np.float32)})
    layout = about.output.layout
    output = {"NCHW": lambda: output[0].transpose(1, 2, 0), "NHWC": lambda: output[0]}.get(
        layout, lambda: output.reshape(*output.shape[-2:], 1)
    )()
    window = slice(top, top + height), slice(left, left + width)
    padded = (height, width) != SIZE
    if about.output.kind == "labels":
        labels = output[..., 0]
        return nearest(nearest(labels, SIZE)[window] if padded else labels, size), np.ones(size)
    scores = output.astype(np.float64)
    scores = bilinear(bilinear(scores, SIZE)[window] if padded else scores, size)
    if about.output.kind.startswith("binary"):
        values = scores[..., 0]
        values = 1 / (1 + np.exp(-values)) if about.output.kind == "binary_logits" else values
        margin = values - about.output.threshold
        return (margin >= 0).astype(int), np.abs(margin)
    order = np.sort(scores, axis=2)
    return scores.argmax(axis=2), order[..., -1] - order[..., -2]


CASES: dict[str, tuple[onnx.ModelProto, dict[str, Any]]] = {
    "logits": (head(), {}),
    "logits at stride 4": (head(stride=4), {}),
    "logits, channels last": (head(channels_last=True), {"input__layout": "NHWC", "output__layout": "NHWC"}),
    "logits at stride 4, channels last": (
        head(stride=4, channels_last=True),
        {"input__layout": "NHWC", "output__layout": "NHWC"},
    ),
    "BGR": (head(), {"input__colour": "BGR"}),
    "range": (head(), {"input__range": [-1, 1]}),
    "mean and std": (
        head(),
        {"input__mean": [0.485, 0.456, 0.406], "input__std": [0.229, 0.224, 0.225], "input__colour": "BGR"},
    ),
    "mean in another range": (
        head(),
        {"input__range": [0, 255], "input__mean": [123.7, 116.3, 103.5], "input__std": [58.4, 57.1, 57.4]},
    ),
    "probabilities": (head("Softmax", axis=1), {"output__kind": "probabilities"}),
    "probabilities at stride 4": (head("Softmax", stride=4, axis=1), {"output__kind": "probabilities"}),
    "probabilities that do not add up": (head("Sigmoid"), {"output__kind": "probabilities"}),
    "labels with an axis for channels": (head("ArgMax", axis=1, keepdims=1), {"output__kind": "labels"}),
    "labels without one": (
        head("ArgMax", axis=1, keepdims=0),
        {"output__kind": "labels", "output__layout": "NHW"},
    ),
    "labels at stride 4": (
        head("ArgMax", stride=4, axis=1, keepdims=0),
        {"output__kind": "labels", "output__layout": "NHW"},
    ),
    "labels, channels last": (
        head("ArgMax", axis=1, keepdims=1, channels_last=True),
        {"output__kind": "labels", "output__layout": "NHWC", "input__layout": "NHWC"},
    ),
    "binary": (
        head("Sigmoid", channels=1),
        {"output__kind": "binary", "output__threshold": 0.4, "classes__names": ["no", "yes"]},
    ),
    "binary at stride 4": (
        head("Sigmoid", stride=4, channels=1),
        {"output__kind": "binary", "output__threshold": 0.5, "classes__names": ["no", "yes"]},
    ),
    "a logit": (
        head(channels=1, stride=2),
        {"output__kind": "binary_logits", "output__threshold": 0.6, "classes__names": ["no", "yes"]},
    ),
}


@pytest.mark.parametrize("resize", ["stretch", "letterbox"])
@pytest.mark.parametrize("case", CASES)
def test_the_label_map_is_the_one_that_plain_numpy_gives(tmp_path, case, resize):
    network, changes = CASES[case]
    found = added(tmp_path / "model", network, input__resize=resize, **changes)
    predictor = FilePredictor.load(found)
    for size in PICTURES:
        image = picture(size, size[0])
        labels = predictor.predict(image).labels
        right, margin = expected(found, image)
        assert labels.shape == right.shape == size
        assert (labels == right).mean() >= 0.999
        sure = margin > 1e-3
        assert sure.mean() > 0.9
        np.testing.assert_array_equal(labels[sure], right[sure])
        assert len(np.unique(right)) > 1  # or the network would tell nothing


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("size", [(1, 1), (1, 700), (900, 2), (2100, 2800)])
def test_any_size_of_picture_is_predicted(tmp_path, size, engine):
    predictor = FilePredictor.load(added(tmp_path / "model", head(stride=4), input__resize="letterbox", engine=engine))
    found = predictor.predict(np.full((*size, 3), 200, np.uint8))
    assert found.confidence is not None
    assert found.labels.shape == found.confidence.shape == size
    assert predictor.predict(np.full((*size, 3), 200, np.uint8), longest=50).labels.shape[0] <= 50


def test_one_file_on_two_engines_gives_the_same(tmp_path):
    one, other = (
        FilePredictor.load(
            added(tmp_path / engine, head("Softmax", axis=1), output__kind="probabilities", engine=engine)
        )
        for engine in ("openvino", "onnxruntime")
    )
    assert one.engine.startswith("OpenVINO ")
    assert other.engine.startswith("ONNX Runtime ")
    assert one.model.digest() != other.model.digest()
    image = picture((70, 90))
    assert (one.predict(image).labels == other.predict(image).labels).mean() >= 0.999


def test_threads_do_not_mix_their_pictures(tmp_path):
    predictor = FilePredictor.load(added(tmp_path / "model", head(stride=4)))
    images = [picture((60 + 7 * seed, 80), seed) for seed in range(6)]
    alone = [predictor.predict(image).labels for image in images]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(lambda image: predictor.predict(image).labels, images * 3))
    for labels, right in zip(together, alone * 3, strict=True):
        np.testing.assert_array_equal(labels, right)


def test_channels_get_the_ids_of_the_dataset(tmp_path):
    names = ["road", "sky", "car", "tree"]
    found = added(tmp_path / "model", classes__names=names, classes__dataset="camvid")
    plain = added(tmp_path / "plain", classes__names=names)
    image = picture((50, 60))
    order = np.array([found.label_space.id_of(name) for name in names])
    labels = FilePredictor.load(plain).predict(image).labels
    np.testing.assert_array_equal(FilePredictor.load(found).predict(image).labels, order[labels])
    assert len(np.unique(labels)) == len(names)


def test_void_is_never_predicted_and_has_no_part_in_the_confidence(tmp_path):
    changes = {"output__kind": "probabilities", "classes__void": NAMES[2]}
    found = added(tmp_path / "model", head("Softmax", axis=1), **changes)
    plain = added(tmp_path / "plain", head("Softmax", axis=1), output__kind="probabilities")
    image = picture((50, 60))
    assert 2 in FilePredictor.load(plain).predict(image).labels
    prediction = FilePredictor.load(found).predict(image)
    assert 2 not in prediction.labels
    assert prediction.confidence is not None
    assert prediction.confidence.min() >= 255 // 3


FAULTS: dict[str, tuple[dict[str, Any], tuple[object, ...]]] = {
    "too few names": ({"classes__names": NAMES[:3]}, (4, 3, "classes")),
    "no channels": ({"output__layout": "NHW", "output__kind": "labels"}, ("1 x 4 x 32 x 48", "NHW", "output.layout")),
    "logits as probabilities": ({"output__kind": "probabilities"}, ("logits",)),
    "scores as labels": ({"output__kind": "labels"}, (4, 1, "output.kind")),
    "another output": ({"output__name": "aux"}, ("aux", "out")),
    "another size": ({"input__size": [40, 48]}, ("(1, 3, 40, 48)",)),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_description_that_does_not_fit_is_refused(tmp_path, case):
    changes, told = FAULTS[case]
    with pytest.raises(UserError, match=facts(*told)):
        FilePredictor.load(added(tmp_path / "model", **changes))


def constant_output(values) -> object:
    """Return a network that gives the same output for every picture."""
    values = np.asarray(values)
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "values"], ["out"]),
    ]
    tensors = [constant("values", values.astype(np.float32)), constant("zero", np.float32(0))]
    return model(nodes, [port("out", list(values.shape))], tensors=tensors)


@pytest.mark.parametrize(
    ("values", "changes", "told"),
    [
        (np.full((1, 1, 32, 48), 7), {"output__kind": "labels"}, (7, "0 to 3")),
        (np.full((1, 1, 32, 48), -1), {"output__kind": "labels"}, (-1,)),
        (np.full((1, 1, 32, 48), np.nan), {"output__kind": "labels"}, ("label",)),
        (np.full((1, 1, 32, 48), 2), {"output__kind": "labels", "classes__void": NAMES[2]}, (NAMES[2], "void")),
        (np.full((1, 4, 32, 48), np.nan), {}, ("finite",)),
        (np.full((1, 4, 32, 48), np.inf), {}, ("finite",)),
        (
            np.full((1, 1, 32, 48), 3),
            {"output__kind": "binary", "output__threshold": 0.5, "classes__names": ["no", "yes"]},
            (3, "binary_logits"),
        ),
        (np.full((2, 4, 32, 48), 0), {}, (2,)),
    ],
)
def test_an_output_without_meaning_is_refused(tmp_path, values, changes, told):
    with pytest.raises(UserError, match=facts(*told)):
        FilePredictor.load(added(tmp_path / "model", constant_output(values), **changes))


def test_a_missing_file_is_named(tmp_path):
    found = added(tmp_path / "model")
    found.weights.unlink()
    with pytest.raises(UserError, match=facts("model.onnx", "missing")):
        FilePredictor.load(found)
    assert not found.is_ready


def test_an_engine_that_knows_one_precision_says_so(tmp_path):
    found = added(tmp_path / "model", engine="onnxruntime")
    with pytest.raises(UserError, match=facts("float32")):
        FilePredictor.load(found, "bfloat16")


@pytest.mark.parametrize("channels", [128, 129, 300])
def test_scores_of_many_classes_are_resized_as_each_plane_would_be(channels):
    """Only a letterbox has an output resized to the input, before the padding is left out."""
    box = letterbox((40, 90), (64, 64), "letterbox")
    scores = np.random.default_rng(channels).random((16, 16, channels), np.float32)
    resized, same = at_input(scores, box)
    assert same is box
    for index in range(channels):
        alone, _ = at_input(scores[..., index], box)
        np.testing.assert_allclose(resized[..., index], alone, atol=1e-6)
