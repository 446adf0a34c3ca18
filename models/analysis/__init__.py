"""What a model did on a split, pixel by pixel: predictions that an evaluation saved."""
