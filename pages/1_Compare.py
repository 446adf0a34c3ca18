"""The Compare page: one picture, several models, side by side."""

from pages.components.compare import compare
from pages.components.frame import frame

with frame("Compare"):
    compare()
