"""Creates the predictor of any model."""

from models.added.model import AddedModel
from models.added.predictor import FilePredictor
from models.added.stored import StoredPredictions
from models.added.stored_predictor import StoredPredictor
from models.inference.formats import Precision, Requested
from models.inference.predictor import Predictor, RunPredictor
from models.runs.model import Model
from models.runs.run import Run


def load_predictor(
    model: Model, precision: Requested = "auto", streams: int = 1, rest: Precision | None = None
) -> Predictor:
    """Create the predictor of a model; ``precision``, and for runs the others, are as in ``RunPredictor.load``.

    Raises:
        UserError: If the model is damaged or not ready, or can't be computed in this precision.
    """
    if isinstance(model, Run):
        return RunPredictor.load(model, precision, streams, rest)
    if isinstance(model, AddedModel):
        return FilePredictor.load(model, precision)
    if isinstance(model, StoredPredictions):
        return StoredPredictor(model)
    raise TypeError(f"there is no predictor for {type(model).__name__}")
