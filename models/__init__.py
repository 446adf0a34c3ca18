"""Networks and what becomes of them: architectures, runs on disk, export to OpenVINO, prediction and metrics.

Nothing here imports keras or tensorflow when it is itself imported, except the files in ``architectures/``.
"""

from configs import interrupts  # noqa: F401 - first of all, so that Ctrl-C is handled from the start
