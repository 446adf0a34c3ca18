"""The entry page of the dashboard; start it with ``streamlit run streamlit_app.py``."""

from pages.overview.page import overview
from pages.shared.ui.layout import page_layout

with page_layout("Overview"):
    overview()
