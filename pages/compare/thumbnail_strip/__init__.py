"""The strip of thumbnails from which a picture is chosen."""
