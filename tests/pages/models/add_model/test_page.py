"""Adding a model on the Models page, without a browser: from the upload to the saved model."""

import zipfile

import numpy as np
import pytest

from configs.errors import UserError
from models.added.model import AddedModel
from models.added.temporary_folders import PREFIX
from models.inference.loading import load_predictor
from pages.models.add_model.form import OTHER, SCALINGS
from pages.models.add_model.trial import Trial
from tests.facts import mentions
from tests.models.added import deadly
from tests.models.added.onnx_files import CLASSES, port, saved, segmenter
from tests.pages import app as dashboard
from tests.pages.app import address, has_no_messages, links, png

PAGE = "pages/5_Models.py"


@pytest.fixture
def home(no_models, monkeypatch):
    """Allow adding, and return the empty folder of local models."""
    monkeypatch.setenv("SEGDECK_ADDING", "on")
    return no_models


def open_form():
    return dashboard.open_page(PAGE, {"add": "1"})


def upload(app, *paths, label="All files of one model"):
    field = next(field for field in app.get("file_uploader") if field.label.startswith(label))
    for path in paths:
        field.upload(path.name, path.read_bytes(), "application/octet-stream")
    return app.run()


def question(app, name):
    """Return the control that asks a question about the model being added."""
    return next(widget for widget in widgets(app) if widget.key.endswith(f"_{name}"))


def widgets(app):
    kinds = ("selectbox", "radio", "text_area", "text_input", "number_input", "slider", "button_group", "button")
    return [widget for kind in kinds for widget in app.get(kind) if widget.key and widget.key.startswith("models_add_")]


def asked(app):
    return {widget.key.rpartition("_")[2] for widget in widgets(app)}


def shown(app):
    """Return the address of the mask, which its content determines, or None."""
    return next((image.proto.imgs[0].url for image in app.get("image") if "mask" in image.proto.imgs[0].alt), None)


@pytest.fixture
def uploaded(home, tmp_path):
    app = upload(open_form(), saved(tmp_path, segmenter(producer="pytorch"), "street unet.onnx"))
    assert has_no_messages(app)
    return app


def test_from_a_file_to_a_saved_model(uploaded, home):
    before = shown(uploaded)
    assert before
    question(uploaded, "typed").set_value("road\nsky\ncar\ntree")
    question(uploaded, "colour").set_value("BGR").run()
    assert has_no_messages(uploaded)
    assert shown(uploaded) not in (None, before)
    question(uploaded, "save").click().run()
    assert has_no_messages(uploaded)
    model = AddedModel(home / "street_unet")
    assert model.description.classes.names == ["road", "sky", "car", "tree"]
    assert model.description.input.colour == "BGR"
    assert model.description.input.mean == SCALINGS["ImageNet"].mean
    assert [path.name for path in home.iterdir() if path.is_dir()] == ["street_unet"]
    assert ("Compare it on pictures", "models=street_unet") in links(uploaded)
    labels = load_predictor(model).predict(np.zeros((8, 8, 3), np.uint8)).labels
    assert labels.shape == (8, 8)


def test_every_choice_changes_the_mask_and_can_be_taken_back(uploaded):
    uploaded.selectbox(key="models_add_picture").set_value("An astronaut").run()  # its shape is not the input's
    first = shown(uploaded)
    seen = {first}
    for name, value, back in [
        ("colour", "BGR", "RGB"),
        ("scaling", "0 to 255", "ImageNet"),
        ("scaling", "-1 to 1", "ImageNet"),
        ("resize", "letterbox", "stretch"),
    ]:
        question(uploaded, name).set_value(value).run()
        assert shown(uploaded) not in seen, (name, value)
        seen.add(shown(uploaded))
        question(uploaded, name).set_value(back).run()
        assert shown(uploaded) == first, (name, back)


def test_only_what_is_doubtful_is_asked(uploaded, home, tmp_path):
    assert {"colour", "scaling", "resize", "typed", "void", "name"} <= asked(uploaded)
    assert not {"layout", "kind", "height", "threshold"} & asked(uploaded)
    told = "\n".join(markdown.value for markdown in uploaded.markdown)
    assert all(fact in told for fact in ("32 × 48", "NCHW", "108 parameters", "pytorch"))
    names = {"names": "{0: 'road', 1: 'sky', 2: 'car', 3: 'tree'}", "task": "semantic", "stride": "32"}
    known = upload(open_form(), saved(tmp_path, segmenter("Softmax", axis=1, metadata=names), "known.onnx"))
    assert has_no_messages(known)
    assert shown(known)
    assert not {"colour", "scaling", "resize", "typed"} & asked(known)
    assert any("road, sky, car, tree" in markdown.value for markdown in known.markdown)


@pytest.mark.parametrize(
    ("same", "shown_as"), [(0.9876, "98.8%"), (0.9999, "99.99%"), (UserError("no luck"), "no luck")]
)
def test_onnx_runtime_is_asked_once(home, tmp_path, monkeypatch, same, shown_as):
    asked_for = []

    def agreement(self, *_):
        asked_for.append(self)
        if isinstance(same, UserError):
            raise same
        return same

    monkeypatch.setattr(Trial, "agreement", agreement)
    app = upload(open_form(), saved(tmp_path, segmenter()))
    question(app, "colour").set_value("BGR").run()
    assert len(asked_for) == 1
    assert any(shown_as in text.value for text in [*app.caption, *app.warning])
    assert bool(app.warning) == (same == 0.9876)
    assert shown(app)
    question(app, "engine").set_value("onnxruntime").run()
    assert not any(shown_as in text.value for text in [*app.caption, *app.warning])


def test_an_engine_that_dies_is_told_and_the_page_lives_on(home, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))  # nothing has run before
    deadly.install(tmp_path / "deadly", monkeypatch, deadly.ONNXRUNTIME)
    app = upload(open_form(), saved(tmp_path, segmenter()))
    assert any(mentions(caption.value, "ONNX Runtime", "SIGSEGV") for caption in app.caption)
    question(app, "engine").set_value("onnxruntime").run()
    assert [mentions(error.value, "ONNX Runtime", "SIGSEGV") for error in app.error] == [True]
    question(app, "engine").set_value("openvino").run()
    assert not app.error
    assert shown(app)


def test_a_size_that_is_free_is_asked(home, tmp_path):
    free = segmenter()
    free.graph.input[0].CopyFrom(port("image", [1, 3, "h", "w"]))
    free.graph.output[0].CopyFrom(port("out", [1, CLASSES, "h", "w"]))
    app = upload(open_form(), saved(tmp_path, free, "free.onnx"))
    before = shown(app)
    assert before
    question(app, "height").set_value(64)
    question(app, "width").set_value(96).run()
    assert has_no_messages(app)
    assert shown(app) not in (None, before)
    question(app, "save").click().run()
    assert AddedModel(home / "free").description.input.size == (64, 96)


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("typed", "a\nb", "4 classes, and 2"),
        ("typed", "a\nb\na\nc", "'a'"),
        ("mean", "0.5, 0.5", "'0.5, 0.5'"),
        ("std", "1 1 0", "above 0"),
        ("low", 2.0, "2"),
    ],
)
def test_an_answer_that_makes_no_sense_is_named_and_nothing_is_saved(uploaded, home, name, value, part):
    question(uploaded, "scaling").set_value(OTHER).run()
    assert has_no_messages(uploaded)
    first = shown(uploaded)
    question(uploaded, name).set_value(value).run()
    assert any(part in error.value.replace("\\", "") for error in uploaded.error)
    assert shown(uploaded) is None
    assert question(uploaded, "save").disabled
    assert question(uploaded, "name")  # the questions stay, so that the answer can be corrected
    question(uploaded, name).set_value({"typed": "a\nb\nc\nd", "low": 0.0}.get(name, "0.485 0.456 0.406")).run()
    assert has_no_messages(uploaded)
    assert first


def test_a_background_that_was_not_named_comes_first(uploaded, home):
    question(uploaded, "typed").set_value("cat, dog, cow").run()
    question(uploaded, "save").click().run()
    assert AddedModel(home / "street_unet").description.classes.names == ["background", "cat", "dog", "cow"]


def test_a_name_that_is_taken_is_not_offered_and_not_overwritten(uploaded, home, tmp_path):
    question(uploaded, "save").click().run()
    again = upload(open_form(), tmp_path / "street unet.onnx")
    assert question(again, "name").value == "street_unet_2"
    question(again, "name").set_value("street_unet").run()
    question(again, "save").click().run()
    (error,) = again.error
    assert "street_unet" in error.value.replace("\\", "")
    assert "--" not in error.value
    question(again, "name").set_value("other").run()
    question(again, "save").click().run()
    assert has_no_messages(again)
    assert (home / "other" / "model.yaml").is_file()


def test_a_refusal_is_one_sentence_and_the_next_file_can_come(home, tmp_path):
    bad = tmp_path / "best.pt"
    bad.write_bytes(b"\x80\x02abc")
    app = upload(open_form(), bad)
    (error,) = app.error
    assert "torch.onnx.export" in error.value.replace("\\", "")
    assert list(home.glob(f"{PREFIX}*/")) == []
    app = upload(app, saved(tmp_path, segmenter()))
    assert has_no_messages(app)
    assert shown(app)


def test_a_zip_of_a_model_does_as_well(home, tmp_path):
    path = saved(tmp_path, segmenter(), "u.onnx", save_as_external_data=True, location="u.data", size_threshold=0)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for member in (path, tmp_path / "u.data"):
            archive.write(member, f"export/{member.name}")
    app = upload(open_form(), tmp_path / "all.zip")
    assert has_no_messages(app)
    assert shown(app)
    question(app, "save").click().run()
    assert {file.name for file in (home / "all").iterdir()} == {"model.yaml", "u.onnx", "u.data"}


def test_a_path_on_the_server_does_as_well(home, tmp_path):
    app = open_form()
    app.get("button_group")[0].set_value("Path on the server").run()
    app.text_input[0].set_value(str(tmp_path / "gone.onnx"))
    app.button(key="FormSubmitter:models_add_path_form-Look at it").click().run()
    assert "gone.onnx" in app.error[0].value.replace("\\", "")
    app.text_input[0].set_value(str(saved(tmp_path, segmenter())))
    app.button(key="FormSubmitter:models_add_path_form-Look at it").click().run()
    assert has_no_messages(app)
    assert shown(app)


def test_a_picture_of_ones_own(uploaded, tmp_path):
    before = shown(uploaded)
    picture = tmp_path / "mine.png"
    picture.write_bytes(png(5))
    upload(uploaded, picture, label="A picture")
    assert has_no_messages(uploaded)
    assert shown(uploaded) not in (None, before)
    assert uploaded.selectbox(key="models_add_picture").value.startswith("mine.png")
    picture.write_bytes(b"no picture")
    upload(uploaded, picture, label="A picture")
    assert "mine.png" in uploaded.error[0].value.replace("\\", "")
    assert shown(uploaded)


def test_answers_outlive_a_visit_to_another_page(uploaded):
    question(uploaded, "colour").set_value("BGR").run()
    mask = shown(uploaded)
    uploaded.switch_page("pages/4_Datasets.py").run()
    uploaded.query_params.clear()  # as a browser does on the way to another page
    uploaded.switch_page(PAGE).run()
    assert question(uploaded, "colour").value == "BGR"
    assert shown(uploaded) == mask


def test_starting_again_deletes_the_files(uploaded, home):
    assert len(list(home.glob(f"{PREFIX}*/"))) == 1
    uploaded.button(key="models_add_again").click().run()
    assert list(home.glob(f"{PREFIX}*/")) == []
    assert shown(uploaded) is None


def test_the_way_in_and_out(home):
    app = dashboard.open_page(PAGE, {})
    assert any("no model yet" in info.value for info in app.info)
    app.button(key="models_open_add").click().run()
    assert address(app) == {"add": "1"}
    assert app.get("file_uploader")
    app.button(key="models_add_back").click().run()
    assert address(app) == {}
    assert not app.get("file_uploader")


@pytest.mark.parametrize("setting", ["off", None])
def test_where_adding_is_not_allowed_the_page_says_how_to_allow_it(home, monkeypatch, setting):
    if setting is None:
        monkeypatch.delenv("SEGDECK_ADDING")  # the visitor of these tests comes from no address
    else:
        monkeypatch.setenv("SEGDECK_ADDING", setting)
    app = open_form()
    assert not app.get("file_uploader")
    assert "SEGDECK_ADDING=on" in app.info[0].value.replace("\\", "")
    assert app.code[0].value.startswith("python -m models.add ")
    assert list(home.iterdir()) == []
