"""What the pages show: images, predictions, dataset items, scores, the model table."""
