"""Write down what a Python program sends to other computers, and refuse it.

Python imports this if its folder is on PYTHONPATH.
"""

import ipaddress
import os
import sys
from pathlib import Path

WATCHED = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}
"""Event to the position of the address among its arguments."""


def is_local(name):
    if name in {None, "", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def hook(event, arguments):
    if event in {"socket.gethostbyname", "socket.gethostbyaddr"}:
        name = arguments[0]
    elif event in WATCHED:
        name = arguments[WATCHED[event]]
        name = name[0] if isinstance(name, tuple) else name if event == "socket.getaddrinfo" else None
    else:
        return
    name = name.decode() if isinstance(name, bytes) else name
    if not is_local(name):
        with Path(os.environ["SEGDECK_TEST_OUTGOING"]).open("a") as log:
            log.write(f"{event} {name}\n")
        raise OSError(f"refused in this test: {event} {name}")


sys.addaudithook(hook)
