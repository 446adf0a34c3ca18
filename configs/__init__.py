"""Experiment configs: one complete YAML per experiment, and the strict schema they are read with.

This is the lowest layer: it also has the few helpers that every command line needs, and imports no other package of
SegDeck.
"""
