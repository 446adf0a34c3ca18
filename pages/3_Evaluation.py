"""The Evaluation page: how good the models are, and where they fail."""

from pages.components.evaluation import evaluation
from pages.components.frame import frame

with frame("Evaluation"):
    evaluation()
