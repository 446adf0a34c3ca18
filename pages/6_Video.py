"""The Video page: the camera or a video file, several models side by side, live."""

from pages.shared.ui.layout import page_layout
from pages.video.page import draw_page

with page_layout("Video"):
    draw_page()
