"""The Compare page: one picture, several models, side by side."""

from pages.compare.page import compare
from pages.shared.ui.layout import page_layout

with page_layout("Compare"):
    compare()
