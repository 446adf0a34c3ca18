"""Logs of other programs: what a file holds, which program wrote it, and its curves by epoch or by step."""
