"""What a file says and what a person says become a description, or one sentence names the option that is needed."""

from typing import Any

import pytest

from configs.errors import UserError
from models.added.answers import Answers
from models.added.describing import describe
from models.added.facts import Guess, Guesses, ModelFacts, Port
from tests.facts import facts

NAMES = ("background", "road", "sky", "car")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def sure(value: Any) -> Guess[Any]:
    return Guess(value=value, certain=True, reason="the file says so")


def unsure(value: Any) -> Guess[Any]:
    return Guess(value=value, certain=False, reason="it is usual")


def known(*, any_size: bool = False, outputs: tuple[Port, ...] = (), **guesses: Guess[Any]) -> ModelFacts:
    """Return the facts of a network that says everything; ``guesses`` replace its words."""
    said: dict[str, Guess[Any]] = {
        "input_size": sure((64, 96)),
        "layout": sure("NCHW"),
        "colour": sure("RGB"),
        "range": sure((0.0, 1.0)),
        "mean": sure(None),
        "std": sure(None),
        "resize": sure("stretch"),
        "output_name": sure("out"),
        "output": sure("logits"),
        "threshold": sure(None),
        "output_layout": sure("NCHW"),
        "output_size": sure((64, 96)),
        "channels": sure(4),
        "class_names": sure(NAMES),
        "void": sure(None),
        "first_id": sure(0),
    }
    sides = (None, None) if any_size else (64, 96)
    return ModelFacts(
        format="onnx",
        files=("model.onnx",),
        inputs=(Port(name="image", shape=(1, 3, *sides), dtype="float32"),),
        outputs=(Port(name="out", shape=(1, 4, 64, 96), dtype="float32"), *outputs),
        parameters=108,
        producer="test",
        task=None,
        engine="OpenVINO",
        seconds=0.1,
        guesses=Guesses(**(said | guesses)),
        warnings=(),
    )


SILENT = {"range": unsure((0.0, 1.0)), "mean": unsure(IMAGENET[0]), "std": unsure(IMAGENET[1])}
BINARY = {"output": sure("binary"), "channels": sure(2), "threshold": sure(0.5)}
LOGIT = BINARY | {"threshold": unsure(0.0)}


def described(answers: dict[str, Any] | None = None, **known_facts: Any) -> Any:
    return describe(known(**known_facts), "my.onnx", Answers(**(answers or {})))


def test_what_the_file_says_is_used():
    found = described(mean=sure(IMAGENET[0]), std=sure(IMAGENET[1]), colour=sure("BGR"), resize=sure("letterbox"))
    assert found.input.size == (64, 96)
    assert (found.input.range, found.input.mean, found.input.std) == ((0, 1), *IMAGENET)
    assert (found.input.colour, found.input.resize, found.input.layout) == ("BGR", "letterbox", "NCHW")
    assert (found.output.name, found.output.kind, found.output.layout) == ("out", "logits", "NCHW")
    assert found.classes.names == list(NAMES)
    assert found.source.original == "my.onnx"
    assert found.engine == "openvino"


@pytest.mark.parametrize(
    ("answers", "known_facts", "expected"),
    [
        ({"input_range": (-1, 1)}, {}, {"input.range": (-1, 1), "input.mean": None}),
        ({"input_range": (0, 1)}, SILENT, {"input.range": (0, 1), "input.mean": None, "input.std": None}),
        ({"mean": IMAGENET[0], "std": IMAGENET[1]}, SILENT, {"input.range": (0, 1), "input.mean": IMAGENET[0]}),
        ({"std": (58.0, 57.0, 57.0)}, {"range": sure((0.0, 255.0))}, {"input.range": (0, 255), "input.mean": None}),
        ({"input_size": (32, 32)}, {"any_size": True}, {"input.size": (32, 32)}),
        ({"input_size": (64, 96)}, {}, {"input.size": (64, 96)}),
        ({"colour": "BGR", "resize": "letterbox"}, {}, {"input.colour": "BGR", "input.resize": "letterbox"}),
        ({"output": "probabilities"}, {}, {"output.kind": "probabilities"}),
        ({"classes": ("a", "b", "c", "d")}, {}, {"classes.names": ["a", "b", "c", "d"]}),
        ({"classes": ("a", "b", "c")}, {}, {"classes.names": ["background", "a", "b", "c"]}),
        ({"void": "sky"}, {}, {"classes.void": "sky"}),
        ({}, {"void": unsure(1)}, {"classes.void": "road"}),
        ({"classes": ("a", "b", "c", "d")}, {"void": unsure(1)}, {"classes.void": None}),
        ({"engine": "onnxruntime"}, {}, {"engine": "onnxruntime"}),
        # one channel
        ({"classes": ("road",)}, BINARY, {"classes.names": ["background", "road"], "output.threshold": 0.5}),
        ({"classes": ("x", "y")}, BINARY | {"threshold": sure(0.3)}, {"output.kind": "binary"}),
        ({"classes": ("x", "y")}, LOGIT, {"output.kind": "binary_logits", "output.threshold": 0.5}),
        ({"classes": ("x", "y"), "output": "binary"}, LOGIT, {"output.kind": "binary_logits"}),
        ({"classes": ("x", "y"), "threshold": 0.7}, LOGIT, {"output.threshold": 0.7}),
        # datasets
        ({"dataset": "oxford_iiit_pet"}, {"channels": sure(3)}, {"classes.names": ["pet", "background", "border"]}),
        ({"dataset": "camvid"}, {"channels": sure(12), "class_names": unsure(None)}, {"classes.dataset": "camvid"}),
        (
            {"dataset": "camvid", "classes": ("car", "road", "sky", "tree")},
            {},
            {"classes.names": ["car", "road", "sky", "tree"]},
        ),
        ({"dataset": "voc2012", "classes": ("dog",)}, BINARY, {"classes.names": ["background", "dog"]}),
        (
            {"dataset": "camvid"},
            {"class_names": sure(("road", "sky", "car", "tree"))},
            {"classes.names": ["road", "sky", "car", "tree"]},
        ),
    ],
)
def test_answers_count_for_more(answers, known_facts, expected):
    found = described(answers, **known_facts)
    for path, value in expected.items():
        part: Any = found
        for name in path.split("."):
            part = getattr(part, name)
        assert part == value, path


def test_the_channels_of_a_dataset_leave_out_void():
    found = described({"dataset": "camvid"}, channels=sure(11), class_names=unsure(None))
    assert found.classes.names[-1] == "bicyclist"
    assert len(found.classes.names) == 11


AUX = Port(name="aux", shape=(1, 7, 16, 24), dtype="float32")
PICKED = Port(name="picked", shape=(1, 64, 96), dtype="int64")
ANY = Port(name="any", shape=(None, None, None, None), dtype="float32")
ROW = Port(name="row", shape=(7,), dtype="float32")
ONE = Port(name="one", shape=(1, 1, 64, 96), dtype="float32")


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("out", {}, ("logits", "NCHW", 4)),
        ("aux", {"classes": "abcdefg"}, ("logits", "NCHW", 7)),
        ("picked", {"classes": ("a", "b")}, ("labels", "NHW", 2)),
        ("any", {"classes": ("a", "b")}, ("logits", "NCHW", 2)),
        ("one", {"classes": ("a", "b")}, ("binary", "NCHW", 2)),
    ],
)
def test_another_output_is_described_by_its_own_shape(name, answers, expected):
    answers = answers | {"output_name": name}
    found = described(answers, outputs=(AUX, PICKED, ANY, ONE))
    assert found.output.name == name
    assert (found.output.kind, found.output.layout, len(found.classes.names)) == expected


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[object, ...]]] = {
    "scale unknown": ({}, SILENT, ("my.onnx", "--range", "--mean", "--std", "0.485,0.456,0.406")),
    "names unknown": ({}, {"class_names": unsure(None)}, (4, "--classes", "--dataset")),
    "mean unknown": ({}, {"mean": unsure(IMAGENET[0])}, ("--mean",)),
    "range backwards": ({"input_range": (1, 0)}, {}, ("--range", "1,0")),
    "range of nothing": ({"input_range": (1, 1)}, {}, ("--range",)),
    "range not finite": ({"input_range": (0, float("inf"))}, {}, ("--range",)),
    "mean not finite": ({"mean": (float("nan"), 0, 0), "std": (1, 1, 1)}, {}, ("--mean",)),
    "mean of other units": ({"mean": (123.7, 116.3, 103.5), "std": (58, 57, 57)}, SILENT, ("--mean", "--range 0,255")),
    "no deviation": ({"mean": (0, 0, 0), "std": (1, 0, 1)}, {}, ("--std", "1,0,1")),
    "fixed size": ({"input_size": (32, 32)}, {}, ("--input-size", "64x96", "32x32")),
    "tiny": ({"input_size": (4, 32)}, {"any_size": True}, ("--input-size", "4x32", 8)),
    "huge": ({"input_size": (64, 9999)}, {"any_size": True}, ("--input-size", "64x9999", 4096)),
    "threshold": ({"threshold": 1.5, "classes": "ab"}, BINARY, ("--threshold", 1.5)),
    "threshold of classes": ({"threshold": 0.5}, {}, ("--threshold", "logits")),
    "too few names": ({"classes": ("a", "b")}, {}, ("--classes", 4, 2)),
    "too many names": ({"classes": "abcde"}, {}, ("--classes", 4, 5)),
    "a name twice": ({"classes": "aabc"}, {}, ("'a'",)),
    "no class of it": ({"dataset": "camvid", "classes": ("road", "tram")}, {}, ("--classes", "'tram'", "camvid")),
    "other classes": ({"dataset": "camvid"}, {"class_names": unsure(None)}, ("--dataset", 4, 12, "--classes")),
    "no dataset": ({"dataset": "nothing"}, {}, ("'nothing'", "camvid")),
    "no void": ({"void": "tram"}, {}, ("--void", "'tram'", "road")),
    "another void": (
        {"void": "sky", "dataset": "camvid"},
        {"channels": sure(12), "class_names": unsure(None)},
        ("void", "'sky'"),
    ),
    "no output": ({"output_name": "q"}, {}, ("--output-name", "'q'", "out")),
    "no map": ({"output_name": "row"}, {"outputs": (ROW,)}, ("--output-name", "row", 1)),
    "engine": ({"engine": "litert"}, {}, ("--engine", "litert", "onnxruntime")),
    "size of the file": ({}, {"input_size": sure((4, 96))}, ("input.size", 4)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_the_option_that_it_needs(case):
    answers, known_facts, told = REFUSED[case]
    with pytest.raises(UserError, match=facts(*told)) as error:
        described(answers, **known_facts)
    assert "\n" not in str(error.value)
