"""The predictor's own engine in each precision, as it is compiled for the dashboard."""

from collections.abc import Callable

from models.inference.formats import Precision
from models.inference.predictor import RunPredictor
from train.engines.network import Infer, Network


def predictor(precision: Precision) -> Callable[[Network], Infer]:
    """Return what loads the predictor in a precision."""
    return lambda network: RunPredictor.load(network.run, precision).infer
