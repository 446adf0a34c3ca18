"""A model that came as a file, as the pages and commands see it."""

import shutil

import pytest

from configs.yaml_loader import dump_yaml
from models.added import description
from models.added.model import AddedModel
from models.inference.loading import load_predictor
from models.runs import registry
from tests.facts import mentions
from tests.models.added import streets
from tests.models.added.described import NAMES, added, content, head
from train.evaluation import scoring


@pytest.fixture
def model(models_dir):
    return added(models_dir / "mine")


def test_it_says_what_the_pages_show(model):
    assert (model.name, model.input_size, model.resize, model.smallest_object) == ("mine", (32, 48), "stretch", 0.0005)
    assert mentions(model.network, "ONNX", "OpenVINO")
    assert mentions(model.state, "model.onnx")
    assert model.parameters() == 108
    assert model.size_bytes() == model.weights.stat().st_size > 0
    assert model.label_space.names == tuple(NAMES)
    assert len(set(model.label_space.colours)) == len(NAMES)
    assert model.is_ready
    assert model.fault() is model.training_images() is model.evaluation() is None


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("engine", "onnxruntime"),
        ("input__colour", "BGR"),
        ("input__padding", 0),
        ("output__kind", "probabilities"),
        ("classes__names", NAMES[::-1]),
    ],
)
def test_its_digest_is_that_of_its_files_and_of_how_they_are_called(models_dir, model, change, value):
    assert added(models_dir / "same", source__producer="another").digest() == model.digest()
    assert added(models_dir / "other", **{change: value}).digest() != model.digest()
    before = model.digest()
    model.weights.write_bytes(model.weights.read_bytes() + b"\0")
    assert AddedModel(model.path).digest() != before


def test_colours_and_concepts_can_be_written_by_hand(models_dir):
    colours = ["#112233", "#445566", "#778899", "#aabbcc"]
    model = added(models_dir / "mine", classes__colours=colours, classes__concepts={NAMES[1]: ["cat", "dog"]})
    assert model.label_space.colours == tuple(colours)
    assert model.dataset.concepts == {NAMES[1]: ("cat", "dog")}


def test_a_change_of_the_file_is_seen(model):
    text = (model.path / description.FILE).read_text()
    for colour in ("BGR", "RGB"):  # equally long, and written within a tick of the clock
        (model.path / description.FILE).unlink()
        (model.path / "new").write_text(text.replace("colour: RGB", f"colour: {colour}"))
        (model.path / "new").rename(model.path / description.FILE)
        assert AddedModel(model.path).description.input.colour == colour


def test_two_models_with_classes_of_their_own_are_not_of_one_dataset(models_dir, model):
    other = added(models_dir / "other")
    assert model.dataset.name != other.dataset.name
    shutil.move(other.path, models_dir / "renamed")
    assert AddedModel(models_dir / "renamed").dataset.name not in (model.dataset.name, other.dataset.name)


@pytest.mark.parametrize("text", [None, "", "engine: [", "engine: tensorrt"])
def test_a_broken_description_is_listed_and_hides_nobody(models_dir, model, text):
    broken = models_dir / "broken"
    broken.mkdir()
    if text is not None:
        (broken / description.FILE).write_text(text)
    ((path, reason),) = registry.invalid_models()
    assert path == broken
    assert str(broken) in reason
    assert registry.find("mine") in registry.models()


def test_a_model_without_its_file_is_listed_but_not_ready(model):
    model.weights.unlink()
    found = registry.find("mine")
    assert found in registry.models()
    assert not found.is_ready
    assert mentions(found.missing_weights_reason(), "model.onnx")


def test_the_description_can_be_written_by_hand(models_dir):
    """Nothing but the file and the description is needed."""
    model = added(models_dir / "mine")
    assert sorted(path.name for path in model.path.iterdir()) == ["model.onnx", description.FILE]
    assert description.parse(dump_yaml(content()), "x") == model.description


@pytest.mark.parametrize("tail", [None, "ArgMax"])
def test_its_scores_are_those_of_a_plain_count(models_dir, data_dir, tail):
    names = list(streets.SPACE.names[: streets.CLASSES])
    network = head(channels=streets.CLASSES) if tail is None else head(tail, channels=streets.CLASSES, axis=1)
    kind = "logits" if tail is None else "labels"
    model = added(
        models_dir / "mine", network, classes__names=names, classes__dataset="camvid", output__kind=kind,
        input__size=[32, 48],
    )  # fmt: skip
    predictor = load_predictor(model)
    maps = {one.id: predictor.predict(one.image).labels for one in streets.samples(data_dir)}
    scores = scoring.evaluate_run(model, data_dir, "val").splits["val"]
    ious, mean = streets.plain_scores(data_dir, maps)
    assert scores.miou == pytest.approx(mean, abs=1e-6)
    assert [one.iou for one in scores.classes] == pytest.approx(ious, abs=1e-6)
    assert scores.weights == model.digest()
    assert (scores.calibration_error is None) == (tail is not None)
    assert (scores.brier_score is None) == (tail is not None)
    assert registry.find("mine").scores("val") == scores
