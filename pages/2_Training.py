"""The Training page: curves, configs and previews of trainings."""

from pages.shared.ui.layout import frame
from pages.training.page import draw_page

with frame("Training"):
    draw_page()
