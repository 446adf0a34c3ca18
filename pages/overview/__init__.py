"""The entry page: what SegDeck is, the table of models, the datasets."""
