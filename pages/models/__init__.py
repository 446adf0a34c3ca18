"""The Models page: card, layers, recipe and downloads of each model."""
