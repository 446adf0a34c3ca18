"""Scoring of runs on a split of their dataset."""
