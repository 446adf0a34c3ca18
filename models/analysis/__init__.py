"""What models did on a split, pixel by pixel: predictions that evaluations saved, and what they tell of the truth."""
