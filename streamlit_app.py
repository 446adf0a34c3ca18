"""The dashboard's entry page, Overview; start it with ``streamlit run streamlit_app.py``."""

from pages.overview.page import draw_page
from pages.shared.ui.layout import page_layout

with page_layout("Overview"):
    draw_page()
