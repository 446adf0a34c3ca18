"""Pictures of the visitor: uploads and photographs of the camera."""

import io
import json

import numpy as np
from PIL import Image

from pages.compare.uploads import MAX_UPLOADS
from pages.shared.ui.layout import escape_markdown
from tests.pages.app import address, encoded, has_no_messages, model_panels, png
from tests.pages.compare.compare_page import compare, offered


def test_uploads_are_shown_and_a_bad_one_is_named(runs):
    app = compare(models="tiny_pets")
    app.file_uploader[0].set_value(
        [
            ("good.png", png(), "image/png"),
            ("notes.png", b"no picture", "image/png"),
            ("tiny.png", png(1, (1, 1)), "image/png"),
        ]
    ).run()
    assert not app.exception
    assert [error.value.startswith(escape_markdown("notes.png")) for error in app.error] == [True]
    assert list(model_panels(app)) == ["tiny_pets"]
    assert model_panels(app)["tiny_pets"]["height"] == 40
    assert "sample" not in app.query_params
    app.run()
    assert len(app.error) == 1, "the message stays until the next upload"


def test_too_many_uploads_are_refused_by_name(runs):
    app = compare(models="tiny_pets")
    files = [(f"p{index}.png", png(index, (8, 8)), "image/png") for index in range(MAX_UPLOADS + 2)]
    app.file_uploader[0].set_value(files).run()
    assert len(app.error) == 2
    assert all(app.error[index].value.startswith(escape_markdown(f"p{MAX_UPLOADS + index}.png")) for index in range(2))


def test_a_photograph_of_the_camera_is_a_picture_like_any_other(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    assert not app.camera_input, "the camera is requested before it is chosen"
    app.segmented_control[0].set_value("Camera").run()
    image = np.random.default_rng(1).integers(0, 255, (30, 50, 3), np.uint8)
    app.camera_input[0].set_value(("camera_input.jpg", encoded(image, "JPEG"), "image/jpeg")).run()
    assert has_no_messages(app)
    assert offered(app, "picker")[0] == "photograph 1"
    assert "sample" not in address(app)
    assert json.loads(app.get_by_key("viewer").proto.json)["picture"]["original_width"] == 50


def test_an_animation_says_that_its_first_frame_is_shown(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    frames = [Image.fromarray(np.random.default_rng(seed).integers(0, 255, (20, 30, 3), np.uint8)) for seed in (2, 3)]
    content = io.BytesIO()
    frames[0].save(content, "GIF", save_all=True, append_images=frames[1:])
    app.file_uploader[0].set_value([("dance.gif", content.getvalue(), "image/gif")]).run()
    assert has_no_messages(app)
    (info,) = app.info
    assert info.value.startswith("dance.gif ")
    assert "first frame" in info.value
    app.query_params["sample"] = "chelsea"
    app.run()
    assert not app.info, "it concerns only the picture shown"


def test_a_picture_that_is_uploaded_again_is_shown_again(runs):
    app = compare(models="tiny_pets", sample="chelsea")
    sizes = [(40, 60), (30, 50)]
    files = [
        (f"{width}.png", encoded(np.full((height, width, 3), 90, np.uint8)), "image/png") for height, width in sizes
    ]
    for file, width in [(files[0], 60), (files[1], 50), (files[0], 60)]:
        app.file_uploader[0].set_value([file]).run()
        assert has_no_messages(app)
        assert json.loads(app.get_by_key("viewer").proto.json)["picture"]["original_width"] == width
    assert offered(app, "picker")[:3] == ["60.png", "50.png", "A cat"], "and is listed once"
