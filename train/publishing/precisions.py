"""Publishes the scores of a published model in another precision, which were computed here."""

from configs.errors import UserError
from models.inference.formats import Precision
from models.runs import registry, weights
from models.runs.run import Run
from train.evaluation import scoring
from train.publishing import model_card

FILE = "evaluation.json"


def add_scores(run: Run, precision: Precision) -> None:
    """Copy the scores of a published run in a precision into its folder, and renew its card and checksums.

    Raises ``UserError`` if the folder is damaged, or there are no scores of what is in it now.
    """
    weights.verify(run.path, but=model_card.CARD)
    view = registry.in_precision(run, precision)
    here, evaluation = view.evaluation_here(), run.evaluation()
    digest = view.digest()
    found = {key: scores for key, scores in (here.splits if here else {}).items() if scores.weights == digest}
    if not found or evaluation is None:
        raise UserError(
            f"{view.scores_file} has no scores of {view.name}; run python -m train.evaluate {run.name} --precision "
            f"{precision}"
        )
    for key, scores in found.items():
        evaluation = evaluation.including(key, scores, precision)
    scoring.write(run.path / FILE, evaluation)
    weights.renew_checksums(run.path, FILE)
    model_card.renew(run)
