"""Browsing the pictures of prepared datasets."""

from data import datasets, store
from tests.pages.app import has_no_messages
from tests.pages.compare.compare_page import captions, compare, offered, panels


def test_pictures_of_prepared_datasets_can_be_browsed(runs, datasets_here):
    app = compare(models="tiny_pets", sample="chelsea")
    app.segmented_control[0].set_value("Datasets").run()
    assert has_no_messages(app)
    assert [box.label for box in app.selectbox] == ["Dataset"]
    assert "python -m data.prepare voc2012" in captions(app)
    assert "python -m data.prepare camvid" not in captions(app)
    app.selectbox[0].set_value("oxford_iiit_pet").run()
    assert offered(app) == ["d_4", "e_5"]
    app.segmented_control(key="browse_split").set_value("train").run()
    app.text_input[0].set_value(" B_").run()
    assert offered(app) == ["b_2"]
    app.text_input[0].set_value("zebra").run()
    (info,) = app.info
    assert info.value.startswith("No picture ")
    app.text_input[0].set_value("").run()
    app.multiselect[0].set_value(["pet"]).run()
    samples = store.open_split("oxford_iiit_pet", "train", datasets_here)
    assert offered(app) == [name for index, name in enumerate(samples.ids) if (samples.mask(index) == 0).any()]


def test_without_datasets_the_commands_are_named(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    app.segmented_control[0].set_value("Datasets").run()
    assert has_no_messages(app)
    (info,) = app.info
    assert info.value.startswith("No dataset ")
    commands = [line.split()[:4] for line in app.code[0].value.splitlines()]
    assert commands == [["python", "-m", "data.prepare", name] for name in datasets.names()]
    assert panels(app) == [("model", "tiny_pets")]
