"""The Training page: curves, configs and previews of trainings."""

from pages.shared.ui.layout import frame
from pages.training.page import training

with frame("Training"):
    training()
