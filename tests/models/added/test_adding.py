"""Adding, renaming and removing models: a whole model or none, and never anything else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from configs import paths
from configs.errors import UserError
from models.added import adding, description
from models.added.answers import Answers
from models.added.describing import describe
from models.added.engines import OpenVINOEngine
from models.inference.loading import load_predictor
from models.runs import registry
from tests.facts import facts
from tests.models.added.described import NAMES, added, head
from tests.models.added.onnx_files import conv, model, port, saved

ANSWERS = Answers(classes=NAMES, input_range=(0, 1))


@pytest.fixture
def file(tmp_path):
    return saved(tmp_path, head("Softmax", axis=1), "unet.onnx")


def left(models_dir):
    return sorted(path.name for path in models_dir.iterdir() if path.name != ".adding.lock")


def test_a_file_becomes_a_model_that_predicts(file, models_dir):
    made, facts_ = adding.add(file, None, ANSWERS)
    assert made.path == models_dir / "unet"
    assert left(models_dir) == ["unet"]
    assert sorted(path.name for path in made.path.iterdir()) == [description.FILE, "unet.onnx"]
    assert made.path.stat().st_mode & 0o777 == 0o755
    assert facts_.guesses.output.value == made.description.output.kind == "probabilities"
    for found in (registry.find("unet"), registry.find(str(made.path))):
        assert found == made
        assert load_predictor(found).predict(np.zeros((40, 50, 3), np.uint8)).labels.shape == (40, 50)
    assert made in registry.models()


def test_weights_beside_the_file_come_along(tmp_path, models_dir):
    saved(tmp_path, head(), "net.onnx", save_as_external_data=True, location="net.onnx.data", size_threshold=0)
    made, _ = adding.add(tmp_path / "net.onnx", "mine", ANSWERS)
    assert sorted(path.name for path in made.files) == ["net.onnx", "net.onnx.data"]
    assert made.size_bytes() == sum((tmp_path / name).stat().st_size for name in ("net.onnx", "net.onnx.data"))


def test_a_network_of_any_size_is_looked_at_in_the_size_asked_for(tmp_path, models_dir):
    """This one runs at 40 x 56 only, although its shape says any."""
    nodes = [conv("image", "logits"), onnx.helper.make_node("Add", ["logits", "map"], ["out"])]
    tensors = [head().graph.initializer[0], onnx.numpy_helper.from_array(np.zeros((1, 4, 40, 56), np.float32), "map")]
    network = model(nodes, [port("out", None)], inputs=[port("image", [1, 3, "h", "w"])], tensors=tensors)
    answers = Answers(classes=NAMES, input_range=(0, 1), input_size=(40, 56))
    made, _ = adding.add(saved(tmp_path, network), "mine", answers)
    assert made.input_size == (40, 56)


@pytest.mark.parametrize("name", ["..", ".", ".hidden", "con/x", "a b", "", "-x", "x" * 81, "a\n", "ä", "a\\b"])
def test_what_is_no_name_is_refused_before_anything_is_read(tmp_path, models_dir, name):
    with pytest.raises(UserError, match=facts("--name")):
        adding.add(tmp_path / "missing.onnx", name, ANSWERS)
    assert not models_dir.exists()


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link", "published"])
def test_a_name_that_is_taken_is_refused(file, models_dir, tmp_path, kind):
    models_dir.mkdir()
    name = "mine"
    if kind == "folder":
        (models_dir / name).mkdir()
    elif kind == "file":
        (models_dir / name).write_text("")
    elif kind == "published":
        name = next(one.name for one in registry.models() if one.published)
    else:
        (models_dir / name).symlink_to(tmp_path / "nowhere")
    before = left(models_dir)
    with pytest.raises(UserError, match=facts(name, "--name")):
        adding.add(file, name, ANSWERS)
    assert left(models_dir) == before


def test_of_two_who_add_the_same_name_at_once_one_wins(file, models_dir, monkeypatch):
    together = threading.Barrier(2, timeout=60)
    try_out = adding.try_out

    def slowly(*arguments):
        made = try_out(*arguments)
        together.wait()
        return made

    monkeypatch.setattr(adding, "try_out", slowly)

    def add(_):
        try:
            return adding.add(file, "mine", ANSWERS)[0]
        except UserError as error:
            return str(error)

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(add, range(2)))
    assert sorted(isinstance(result, str) for result in results) == [False, True]
    assert next(result for result in results if isinstance(result, str)).count("mine") >= 1
    assert left(models_dir) == ["mine"]
    assert registry.find("mine").is_ready


@pytest.mark.parametrize(
    ("where", "stop"),
    [
        ("inspect", KeyboardInterrupt),
        ("describe", UserError),
        ("try_out", MemoryError),
        ("try_out", KeyboardInterrupt),
        ("move_in", KeyboardInterrupt),
    ],
)
def test_nothing_stays_of_what_was_not_added(file, models_dir, monkeypatch, stop, where):
    def fail(*_, **__):
        raise stop

    monkeypatch.setattr(adding, where, fail)
    with pytest.raises(stop):
        adding.add(file, "mine", ANSWERS)
    assert left(models_dir) == []


def test_nothing_stays_where_the_engine_fails(file, models_dir, monkeypatch):
    def fail(*_, **__):
        raise UserError("the engine failed")

    monkeypatch.setattr(OpenVINOEngine, "infer", fail)
    with pytest.raises(UserError, match="engine failed"):
        adding.add(file, "mine", ANSWERS)
    assert left(models_dir) == []


def test_a_folder_that_can_not_be_written_is_named(file, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "file" / "models"))
    with pytest.raises(UserError, match=facts(tmp_path / "file" / "models", "$SEGDECK_RUNS")):
        adding.add(file, "mine", ANSWERS)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/unet.onnx", "unet"),
        ("my model (2).onnx", "my_model_2"),
        ("v1.2.onnx", "v1.2"),
        ("saved_model/", "saved_model"),
        ("...onnx", "model"),
        ("модель.onnx", "model"),
        ("_x_.xml", "x"),
        ("a" * 200 + ".onnx", "a" * 80),
        ("/", "model"),
    ],
)
def test_the_default_name_is_that_of_the_file(path, name):
    found = adding.default_name(Path(path))
    assert found == name
    assert adding.NAME.fullmatch(found)


def test_the_default_name_of_the_folder_itself(tmp_path, monkeypatch):
    (tmp_path / "best").mkdir()
    monkeypatch.chdir(tmp_path / "best")
    assert adding.default_name(Path()) == "best"


@pytest.mark.parametrize("share", [1.0, None])
def test_a_second_engine_is_asked_where_there_is_one(file, models_dir, monkeypatch, share):
    if share is None:
        monkeypatch.setattr(adding, "has_onnxruntime", lambda: False)
    with adding.staged(file) as prepared:
        described = describe(prepared.facts, prepared.original, ANSWERS)
        found = adding.agreement(prepared, described)
        assert found == (share if share is None else pytest.approx(share, abs=1e-3))
        if share is not None:
            assert description.load(prepared.folder / description.FILE) == described


class TestRemoveAndRename:
    @pytest.fixture(autouse=True)
    def mine(self, models_dir):
        return added(models_dir / "mine")

    def test_a_model_is_removed_with_all_of_its_files(self, models_dir):
        (models_dir / "mine" / "evaluation.json").write_text("{}")
        assert adding.remove("mine") == models_dir / "mine"
        assert left(models_dir) == []

    def test_a_model_is_renamed(self, models_dir):
        assert adding.rename("mine", "yours") == registry.find("yours")
        assert left(models_dir) == ["yours"]

    def test_a_removed_model_can_be_added_again_otherwise(self, models_dir):
        first = registry.find("mine").digest()
        adding.remove("mine")
        added(models_dir / "mine", input__colour="BGR")
        assert registry.find("mine").input_size == (32, 48)
        assert registry.find("mine").digest() != first

    @pytest.mark.parametrize("relative", [False, True])
    def test_of_a_link_only_the_link_is_removed(self, models_dir, tmp_path, relative):
        elsewhere = added(tmp_path / "elsewhere")
        (models_dir / "link").symlink_to("../elsewhere" if relative else elsewhere.path)
        assert registry.find("link").is_ready
        adding.remove("link")
        assert left(models_dir) == ["mine"]
        assert elsewhere.is_ready

    def test_files_that_are_links_keep_their_targets(self, models_dir, tmp_path):
        target = saved(tmp_path, head())
        (models_dir / "mine" / "model.onnx").unlink()
        (models_dir / "mine" / "model.onnx").symlink_to(target)
        adding.remove("mine")
        assert target.is_file()

    @pytest.mark.parametrize("name", ["nothing", "..", ".", "", "../outside", "mine/", "/", ".adding.lock"])
    def test_what_is_no_model_is_never_touched(self, models_dir, tmp_path, name):
        added(tmp_path / "outside")
        for change in (adding.remove, lambda one: adding.rename(one, "other")):
            with pytest.raises(UserError, match=facts(models_dir)):
                change(name)
        assert left(models_dir) == ["mine"]
        assert (tmp_path / "outside" / description.FILE).is_file()

    def test_runs_and_published_models_are_never_touched(self, models_dir):
        (models_dir / "run").mkdir()
        (models_dir / "run" / "config.yaml").write_text((paths.ROOT / "configs" / "pets_unet.yaml").read_text())
        run = registry.find("run")
        (run.path / description.FILE).write_text((models_dir / "mine" / description.FILE).read_text())
        published = next(one for one in registry.models() if one.published)
        for name in ("run", published.name):
            for change in (adding.remove, lambda one: adding.rename(one, "other")):
                with pytest.raises(UserError, match=facts(name)):
                    change(name)
        assert left(models_dir) == ["mine", "run"]
        assert registry.find("run") == run
        assert published.is_ready

    def test_a_name_that_is_taken_is_refused(self, models_dir):
        (models_dir / "empty").mkdir()
        for name in ("empty", "mine", "a b", registry.models()[0].name):
            with pytest.raises(UserError, match=facts(name)):
                adding.rename("mine", name)
        assert left(models_dir) == ["empty", "mine"]

    def test_of_two_who_remove_one_model_one_does(self, models_dir):
        def remove(_):
            try:
                return adding.remove("mine")
            except UserError:
                return None

        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(remove, range(4)))
        assert [result for result in results if result] == [models_dir / "mine"]
        assert left(models_dir) == []
