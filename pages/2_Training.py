"""The Training page: curves, configs and previews of trainings."""

from pages.shared.ui.layout import page_layout
from pages.training.page import training

with page_layout("Training"):
    training()
