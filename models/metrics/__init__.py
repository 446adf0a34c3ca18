"""Metrics: counts first, then formulas over the counts."""
