"""What visitors of the dashboard may do to the computer that serves it; read from the environment when called."""

import os


def adding_allowed(*, visitor_is_local: bool) -> bool:
    """Return whether a visitor may add models and datasets, which reads and writes files of the server.

    ``$SEGDECK_ADDING`` is ``on`` to allow it to everyone who can open the dashboard, or ``off``. Without it only those
    may who use the dashboard on the computer that serves it, or through a tunnel to that computer.
    """
    setting = os.environ.get("SEGDECK_ADDING", "").strip().lower()
    return visitor_is_local if not setting else setting == "on"
