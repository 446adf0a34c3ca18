"""Runs on disk: their files, the registry that finds them, their weights."""
