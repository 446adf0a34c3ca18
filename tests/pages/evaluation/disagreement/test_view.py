"""Where two models differ, on the page: strips, areas and regions from saved predictions, or strips alone."""

from pathlib import Path

import pytest
from PIL import Image

from data import store
from models.added.adding_predictions import add_predictions
from models.analysis.disagreement import ONLY_A, ONLY_B
from pages.evaluation.disagreement.regions import PER_PAGE
from pages.shared.content import dataset_items
from pages.shared.ui import background_command, cli_commands
from tests.data.conftest import IDS, make_pets
from tests.facts import mentions
from tests.pages.app import address, has_no_messages
from tests.pages.conftest import wait_until
from tests.pages.evaluation.disagreement.conftest import NAMES, score
from tests.pages.evaluation.evaluation_page import evaluation, figures
from train.evaluation.scoring import evaluate_run

LINK = {"dataset": "oxford_iiit_pet", "view": "Two models", "a": "first", "b": "second"}


@pytest.fixture(autouse=True)
def no_command():
    """Start and leave a server that has evaluated nothing."""
    background_command.slot.clear()
    yield
    background_command.slot.clear()


def alts(app) -> list[str]:
    """Return what the pictures on the page show, in words."""
    return [image.proto.imgs[0].alt for image in app.get("image")]


def test_before_and_after_predictions_are_saved(pets_here, no_models, monkeypatch):
    a, b = score(no_models, pets_here)
    app = evaluation(**LINK, first="B better")
    assert has_no_messages(app)
    assert len(alts(app)) == 2, "strips only"
    assert predicted(app, pets_here, monkeypatch) == list(NAMES), "one after the other"
    assert has_no_messages(app)
    strips = [alt.partition(":")[0] for alt in alts(app) if "photograph" in alt]
    assert strips == a.images["id"].iloc[a.images["miou"].sub(b.images["miou"]).argsort()].tolist()
    assert len([alt for alt in alts(app) if "A says" in alt]) == PER_PAGE
    pixels = [bar["customdata"][0] for bar in figures(app)[-1]["data"]]
    right = [int(one.counts.counts[0].sum()) for one in (a, b)]
    assert sum(pixels) == 2 * 16 * 24
    assert pixels[ONLY_A] - pixels[ONLY_B] == right[0] - right[1]
    app.pagination[-1].set_value(2).run()
    assert address(app)["region_page"] == "2"
    app.segmented_control(key="evaluation_regions").set_value("only A right").run()
    assert has_no_messages(app)
    assert "region_page" not in address(app), "another list begins with its first page"
    assert {alt.partition(" in ")[0] for alt in alts(app) if "A says" in alt} == {"only A right"}
    app.button(f"enlarge_strip_{strips[1]}").click().run()
    assert has_no_messages(app)
    assert address(app)["opened"] == strips[1]
    assert sum(alt.startswith(f"{strips[1]}: ") for alt in alts(app)) == 6, "the strip, and five large pictures"


def predicted(app, data, monkeypatch) -> list[str]:
    """Press the button that predicts, and predict in this process; return the names of the models."""
    asked: list[str] = []

    def arguments(run, split, dataset):
        asked.append(run.name)
        evaluate_run(run, data, split, save=True)
        return ["-c", "pass"]

    monkeypatch.setattr(cli_commands, "save_predictions_arguments", arguments)
    app.button("predict_once").click().run()
    for _ in NAMES:
        command = background_command.slot().command
        assert command is not None
        wait_until(lambda one=command: one.done)  # type: ignore[misc]
        app.run()
    return asked


@pytest.fixture
def swapped_pets(no_models, own_cache, tmp_path, monkeypatch) -> Path:
    """Score predictions of another program for photographs of two sizes, whose names are then exchanged."""
    data = tmp_path / "data"
    folder = data / "oxford_iiit_pet"
    make_pets(folder)
    monkeypatch.setenv("SEGDECK_DATA", str(data))
    one, other = (
        [folder / "images" / f"{name}.jpg", folder / "annotations" / "trimaps" / f"{name}.png"] for name in IDS["val"]
    )
    for path in one:
        with Image.open(path) as image:
            image.resize((20, 10), Image.Resampling.NEAREST).save(path)
    for wrong, name in enumerate(NAMES, start=3):
        (tmp_path / name).mkdir()
        for sample in store.open_split("oxford_iiit_pet", "val", data):
            mask = sample.mask.copy()
            mask[:wrong] = 1
            Image.fromarray(mask).save(tmp_path / name / f"{sample.id}.png")
        evaluate_run(add_predictions(tmp_path / name, "oxford_iiit_pet", "val", name, data), data, "val", save=True)
    for path, swapped in zip(one, other, strict=True):
        path.rename(folder / "aside")
        swapped.rename(path)
        (folder / "aside").rename(swapped)
    store.open_all("oxford_iiit_pet", data)
    dataset_items._splits.clear()
    return data


@pytest.mark.parametrize("view", ["Images", "Two models"])
def test_photographs_that_exchanged_names_are_told_by_their_sizes(swapped_pets, view):
    app = evaluation(**LINK | {"view": view})
    assert not app.exception
    told = [message.value for message in (*app.info, *app.error) if "20x10" in message.value]
    assert told
    for message in told:
        assert mentions(message, "24x16")
        assert any(name in message.replace("\\", "") for name in IDS["val"])
    assert not any("log has the details" in error.value for error in app.error)
