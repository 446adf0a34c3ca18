"""The cards of the datasets."""

import shutil

from data import datasets
from pages.shared.ui.layout import escape_markdown
from tests.pages.app import has_no_messages, links, start


def test_every_dataset_has_a_card_with_its_models(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    app = start()
    assert has_no_messages(app)
    titles = [heading.value for heading in app.subheader]
    assert titles == [escape_markdown(datasets.get(name).title) for name in datasets.names()]
    assert {("Look at it", f"dataset={name}") for name in datasets.names()} <= set(links(app))
    assert [link for link in links(app) if link[0] == "Compare its models"] == [
        ("Compare its models", "models=tiny_pets")
    ]
    texts = [text.value for text in app.markdown]
    assert escape_markdown("1 model: tiny_pets") in texts
    assert sum(text.startswith("No model") for text in texts) == len(datasets.names()) - 1
    captions = [caption.value for caption in app.caption]
    assert {f"Licence: {escape_markdown(datasets.get(name).licence)}" for name in datasets.names()} <= set(captions)
