"""The viewer: the picture and one panel per model, moving in step in the browser."""
