"""The sizes of uploaded files, as the browser checks them; ``.streamlit/config.toml`` has the server's limit."""

FILE_MB = 50
"""Megabytes of a picture, mask or log: a 12-megapixel photograph takes 4 to 30, depending on its format."""
