"""Where two models differ, on the page: strips, areas and regions from saved predictions, or strips alone."""

from pages.shared.ui import background_command
from tests.pages.app import address, has_no_messages
from tests.pages.conftest import wait_until
from tests.pages.evaluation.disagreement.conftest import NAMES, score
from tests.pages.evaluation.evaluation_page import evaluation, figures

LINK = {"dataset": "oxford_iiit_pet", "view": "Two models", "a": "first", "b": "second"}


def alts(app) -> list[str]:
    """Return what the pictures on the page show, in words."""
    return [image.proto.imgs[0].alt for image in app.get("image")]


def test_from_saved_predictions(pets_here, no_models):
    a, b = score(no_models, pets_here, save=True)
    app = evaluation(**LINK, first="B better")
    assert has_no_messages(app)
    strips = [alt.partition(":")[0] for alt in alts(app) if "photograph" in alt]
    worst_a = a.images["miou"].sub(b.images["miou"]).argsort()
    assert strips == a.images["id"].iloc[worst_a].tolist()
    crops = [alt for alt in alts(app) if "A says" in alt]
    assert len(crops) == 24
    chart = figures(app)[-1]
    right = [int(one.counts.counts[0].sum()) for one in (a, b)]
    pixels = [bar["customdata"][0] for bar in chart["data"]]
    assert sum(pixels) == 2 * 16 * 24
    assert pixels[1] - pixels[2] == right[0] - right[1]
    app.button(f"enlarge_strip_{strips[1]}").click().run()
    assert has_no_messages(app)
    assert address(app)["opened"] == strips[1]
    assert sum(alt.startswith(f"{strips[1]}: ") for alt in alts(app)) == 6, "the strip, and five large pictures"


def test_without_saved_predictions(pets_here, no_models):
    score(no_models, pets_here, save=False)
    app = evaluation(**LINK)
    assert has_no_messages(app)
    assert len(alts(app)) == 2, "strips only"
    app.button("predict_once").click().run()
    for name in NAMES:
        command = background_command.slot().command
        assert command is not None
        assert command.title.startswith(f"{name} ")
        wait_until(lambda: command.done)
        assert not command.problem
        app.run()
    wait_until(lambda: app.run() and len(alts(app)) == 2 + 24)
