"""The Training page: curves, configs and previews of trainings."""

from pages.components.frame import frame
from pages.components.training import training

with frame("Training"):
    training()
