"""A link, drawn as a button, that saves a file of this visit."""
