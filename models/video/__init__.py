"""Whole clips through several models: a comparison as a video, label maps, and how steady each model is."""
