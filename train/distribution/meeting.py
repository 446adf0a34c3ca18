"""The processes of a training meet before JAX connects them: it would abort a process that waits in vain.

Process 0 listens at the address; each other one connects, says ``process processes`` in a line, and waits for ``go``.
"""

import contextlib
import socket
import time

from configs.errors import UserError
from train.distribution.options import Cluster

GO = "go"
RETRY_SECONDS = 0.2
HELLO_SECONDS = 5
"""How long whoever connects has to say who they are: others may knock at an open port, too."""
LONGEST = 200
"""Bytes of a line."""


def meet(cluster: Cluster) -> None:
    """Wait until all processes are there. Raises ``UserError`` that names those that are not in time."""
    end = time.monotonic() + cluster.wait
    if cluster.leads:
        _gather(cluster, end)
    else:
        _report(cluster, end)


def _gather(cluster: Cluster, end: float) -> None:
    there: dict[int, socket.socket] = {}
    with contextlib.ExitStack() as closing:
        server = closing.enter_context(_listening(cluster))
        while len(there) < cluster.processes - 1:
            server.settimeout(max(0.01, end - time.monotonic()))
            try:
                guest, _ = server.accept()
            except TimeoutError:
                absent = sorted(set(range(1, cluster.processes)) - there.keys())
                names = ", ".join(map(str, absent))
                raise UserError(
                    f"{cluster.address}: process {names} of {cluster.processes} did not come within {cluster.wait} s; "
                    "start the same command with each --process-id, or raise --wait"
                ) from None
            closing.enter_context(guest)
            number, objection = _introduction(guest, cluster, there)
            if objection:
                _say(guest, objection)
            elif number:
                there[number] = guest
        for guest in there.values():
            _say(guest, GO)
        for guest in there.values():  # they hang up first, so that the port is free at once
            guest.settimeout(HELLO_SECONDS)
            with contextlib.suppress(OSError):
                guest.recv(1)


def _listening(cluster: Cluster) -> socket.socket:
    _, port = cluster.endpoint
    both = socket.has_dualstack_ipv6()
    try:
        return socket.create_server(("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both)
    except OSError as error:
        raise UserError(f"{cluster.address}: process 0 can't listen on port {port} ({error.strerror})") from error


def _introduction(guest: socket.socket, cluster: Cluster, there: dict[int, socket.socket]) -> tuple[int, str]:
    """Return which process a guest is, 0 if none, and why it can't take part, if so."""
    guest.settimeout(HELLO_SECONDS)
    try:
        number, processes = map(int, guest.recv(LONGEST).split())
    except (OSError, ValueError):
        return 0, ""
    if processes != cluster.processes:
        return number, f"process 0 was started with --processes {cluster.processes}, this one with {processes}"
    if number in there:
        return number, f"another process with --process-id {number} is there already"
    return number, ""


def _say(guest: socket.socket, line: str) -> None:
    with contextlib.suppress(OSError):
        guest.sendall(line.encode())


def _report(cluster: Cluster, end: float) -> None:
    reason = ""
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise UserError(
                f"{cluster.address}: process 0 can't be reached ({reason or 'it does not answer'}); start it "
                "there with --process-id 0, and open the port in its firewall"
            )
        try:
            with socket.create_connection(cluster.endpoint, timeout=min(left, HELLO_SECONDS)) as host:
                host.settimeout(left)
                host.sendall(f"{cluster.process} {cluster.processes}".encode())
                answer = host.recv(LONGEST).decode(errors="replace")
        except TimeoutError:
            reason = "the time is over, and not all processes are there"
            continue
        except OSError as error:
            reason, answer = error.strerror or str(error), ""
        if answer == GO:
            return
        if answer:
            raise UserError(f"{cluster.address}: {answer}")
        time.sleep(RETRY_SECONDS)
