"""The Models page: what each model is made of, how it was trained, and how to take it away."""

from pages.models.page import models_page
from pages.shared.ui.layout import page_layout

with page_layout("Models"):
    models_page()
