"""The player: the camera or a video file, and one panel per model, live in the browser."""
