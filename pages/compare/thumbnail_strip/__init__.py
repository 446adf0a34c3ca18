"""The strip of thumbnails for choosing a picture."""
