"""Adding a model from a file: upload, questions, check picture, save."""
