"""The Overview page without a browser: links to the other pages, and an upload."""

import shutil

from pages.overview import page
from pages.shared.ui.layout import pages
from tests.pages.app import has_no_messages, links, model_panels, png, start


def test_every_other_page_is_explained_and_linked(runs):
    titles = [title for _, title in pages() if title != "Overview"]
    assert set(titles) <= set(page.PURPOSES)
    app = start()
    assert [label for label, _ in links(app)][-len(titles) :] == [f"**{title}**" for title in titles]


def test_an_uploaded_picture_leads_to_its_masks(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    app = start()
    title = app.title[0].value
    app.file_uploader[0].set_value([("mine.png", png(), "image/png")]).run()
    app.run()
    assert has_no_messages(app)
    assert list(model_panels(app)) == ["tiny_pets"]
    assert model_panels(app)["tiny_pets"]["height"] == 40
    app.switch_page("streamlit_app.py").run()
    assert app.title[0].value == title, "only an upload leads to the Compare page"


def test_an_upload_leads_to_compare_also_if_the_switch_was_interrupted(runs):
    app = start()
    app.session_state["compare"].awaited = True  # the upload has been taken over, and the page is drawn once more
    app.run()
    assert app.title[0].value == "Compare"
    assert not app.session_state["compare"].awaited
