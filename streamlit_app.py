"""The entry page of the dashboard; start it with ``streamlit run streamlit_app.py``."""

from pages.components.frame import frame
from pages.components.overview import overview

with frame("Overview"):
    overview()
