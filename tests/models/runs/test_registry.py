import shutil

import pytest

from configs import paths
from configs.errors import UserError
from models.runs import registry
from tests.models import int8


@pytest.fixture
def folders(tiny, tmp_path, monkeypatch):
    """Put a zoo and a folder of runs in place of the real ones; return how to add a copy of a run."""
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))

    def add(place: str, name: str):
        return shutil.copytree(tiny.path, tmp_path / place / name)

    return add


def test_neither_folder_need_exist(folders):
    assert registry.runs() == []
    assert registry.invalid_models() == []
    with pytest.raises(UserError, match="none has been published"):
        registry.find("tiny")


def test_published_runs_come_first_and_each_kind_is_sorted(folders):
    for place, name in [("runs", "b"), ("runs", "a"), ("zoo", "d"), ("zoo", "c")]:
        folders(place, name)
    assert [(run.name, run.published) for run in registry.runs()] == [
        ("c", True),
        ("d", True),
        ("a", False),
        ("b", False),
    ]


def test_damaged_folders_do_not_hide_the_others(folders, tmp_path):
    folders("runs", "sound")
    (folders("runs", "no_config") / "config.yaml").unlink()
    (folders("runs", "half_a_config") / "config.yaml").write_text("name: [")
    config = folders("runs", "unknown_dataset") / "config.yaml"
    config.write_text(config.read_text().replace("oxford_iiit_pet", "marsupials"))
    (folders("zoo", "no_weights") / "model.weights.h5").unlink()
    (folders("runs", "first_epoch_still_going") / "model.weights.h5").unlink()
    (tmp_path / "runs" / "notes.txt").write_text("not a folder")
    folders("runs", ".temporary")
    assert [run.name for run in registry.runs()] == ["first_epoch_still_going", "sound"]
    reasons = {path.name: reason for path, reason in registry.invalid_models()}
    assert reasons.keys() == {"no_config", "half_a_config", "unknown_dataset", "no_weights"}
    assert all(name in reason for name, reason in reasons.items())
    assert "marsupials" in reasons["unknown_dataset"]


@pytest.mark.parametrize("name", ["a,b", "line\nbreak", "k\udce9s", " space", "bell\a"])
def test_a_name_that_no_link_can_hold_is_refused(folders, name):
    folders("runs", "sound")
    folders("runs", name)
    assert [run.name for run in registry.runs()] == ["sound"]
    ((path, reason),) = registry.invalid_models()
    assert path.name == name
    assert reason.isprintable()
    assert "rename" in reason
    with pytest.raises(UserError, match="rename"):
        registry.find(name)


@pytest.mark.parametrize("name", ["a*b :red[d] $e$", "käse 2", "日本", "x" * 200])
def test_any_other_name_can_be_used(folders, name):
    folders("runs", name)
    assert [run.name for run in registry.runs()] == [name]


def test_find_by_name_and_by_path(folders, tmp_path, monkeypatch):
    folders("zoo", "both")
    folders("runs", "both")
    folders("elsewhere", "mine")
    assert registry.find("both").published
    assert not registry.find(str(tmp_path / "runs" / "both")).published
    assert registry.find(str(tmp_path / "zoo" / "both")).published
    assert registry.find(f"{tmp_path}/elsewhere/../elsewhere/mine/").name == "mine"
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert registry.find("mine").path == tmp_path / "elsewhere" / "mine"
    assert registry.find("./mine").name == "mine"


def test_an_unknown_name_lists_the_known(folders, tmp_path, monkeypatch):
    folders("zoo", "cats")
    folders("runs", "cats")
    folders("runs", "dogs")
    (tmp_path / "bats").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"'bats'.*: cats, dogs$"):
        registry.find("bats")


@pytest.mark.parametrize("name", ["broken", "{}/runs/broken"])
def test_a_damaged_run_says_what_is_wrong(folders, tmp_path, name):
    (folders("runs", "broken") / "config.yaml").unlink()
    with pytest.raises(UserError, match=r"runs/broken .*config\.yaml"):
        registry.find(name.replace("{}", str(tmp_path)))


def test_a_quantised_run_is_a_second_model_in_int8(folders, tiny):
    for name in ("b", "a"):
        folders("zoo", name)
    int8.simple(tiny).write(registry.find_run("a").quantisation)
    assert [model.name for model in registry.models()] == ["a", "a · int8", "b"]
    assert [run.name for run in registry.runs()] == ["a", "b"], "it was trained once"
    plain, view = registry.find("a"), registry.find("a · int8")
    assert (view.path, view.published, view.precision) == (plain.path, True, "int8")
    assert view.digest() != plain.digest()
    assert view.size_bytes() == 4321
    assert view.network_facts() != plain.network_facts()
    assert registry.in_precision(view, "int8") == view


def test_a_run_can_be_named_in_each_precision(folders, tmp_path):
    folders("runs", "a")
    assert registry.find("a · bfloat16").precision == "bfloat16"
    assert registry.find(f"{tmp_path}/runs/a · float32").digest() != registry.find("a").digest()
    with pytest.raises(UserError, match=r"a can't be computed in int8: .*int8\.npz.*models\.quantize a"):
        registry.find("a · int8")
    with pytest.raises(UserError, match="a · float16"):
        registry.find("a · float16")
    with pytest.raises(UserError, match="a · float32 is always computed in float32, not in int8"):
        registry.in_precision(registry.find("a · float32"), "int8")
    with pytest.raises(UserError, match="give a itself"):
        registry.find_run("a · bfloat16")


def test_a_folder_called_like_a_precision_comes_first(folders):
    folders("runs", "a")
    folders("runs", "a · int8")
    assert registry.find("a · int8").precision is None
