"""Networks and what becomes of them: architectures, runs on disk, export to OpenVINO, prediction and metrics.

Nothing here imports keras or tensorflow when it is itself imported, except the files in ``architectures/``.
"""
