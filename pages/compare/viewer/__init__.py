"""The viewer: the picture and one panel per model, which zoom and move together in the browser."""
