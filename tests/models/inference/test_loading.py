"""Every kind of model gets its predictor."""

import pytest

from configs.errors import UserError
from models.added.adding_predictions import add_predictions
from models.added.predictor import FilePredictor
from models.added.stored_predictor import StoredPredictor
from models.inference.loading import load_predictor
from models.inference.predictor import RunPredictor
from tests.models.added import streets
from tests.models.added.described import added


def test_a_run_a_file_and_stored_predictions(tmp_path, tiny, monkeypatch):
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "models"))
    data_dir = streets.make(tmp_path / "data")
    predictions = streets.write(tmp_path / "mine", streets.label_maps())
    stored = add_predictions(predictions, "camvid", "val", data_dir=data_dir)
    for model, kind in [
        (tiny, RunPredictor),
        (added(tmp_path / "models" / "file"), FilePredictor),
        (stored, StoredPredictor),
    ]:
        predictor = load_predictor(model, "float32")
        assert type(predictor) is kind
        assert predictor.model == model
        assert predictor.precision == "float32"
        assert predictor.engine


def test_a_model_without_its_file_is_refused(tmp_path):
    model = added(tmp_path / "model")
    model.weights.unlink()
    with pytest.raises(UserError, match=r"model\.onnx"):
        load_predictor(model)
