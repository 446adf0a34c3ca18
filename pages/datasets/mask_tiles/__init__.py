"""The grid of pictures with their masks."""
