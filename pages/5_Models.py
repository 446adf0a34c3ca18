"""The Models page: what each model is made of, how it was trained, and how to take it away."""

from pages.components.frame import frame
from pages.components.models_page import models_page

with frame("Models"):
    models_page()
