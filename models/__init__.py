"""Networks and what becomes of them: architectures, runs on disk, export to OpenVINO, prediction and metrics.

Nothing here imports keras or tensorflow when it is itself imported, except the files in ``architectures/``.
"""

import sys

from configs import interrupts  # noqa: F401 - first of all, so that Ctrl-C is handled from the start

# OpenVINO reports its import to Google Analytics, with a number that it keeps for this user. Where its package for that
# cannot be imported, it uses a stand-in that does nothing.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
