import socket
import threading
import time
from collections.abc import Callable

import pytest

from configs.errors import UserError
from tests.facts import facts, mentions
from train.distribution.meeting import meet
from train.distribution.options import Cluster


@pytest.fixture
def address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{listener.getsockname()[1]}"


def together(*clusters: Cluster) -> Callable[[], list[str]]:
    """Let processes meet, and return a function that waits for them and returns the error of each, "" if none."""
    said = [""] * len(clusters)

    def one(index: int, cluster: Cluster) -> None:
        try:
            meet(cluster)
        except UserError as error:
            said[index] = str(error)

    threads = [threading.Thread(target=one, args=item, daemon=True) for item in enumerate(clusters)]
    for thread in threads:
        thread.start()

    def wait() -> list[str]:
        for thread in threads:
            thread.join(60)
        return said

    return wait


def test_processes_meet_in_any_order_and_leave_the_port_free(address):
    late = together(Cluster(address, 3, 2, wait=30), Cluster(address, 3, 1, wait=30))
    assert together(Cluster(address, 3, 0, wait=30))() == [""]
    assert late() == ["", ""]
    with socket.create_server(("127.0.0.1", Cluster(address, 3, 0).endpoint[1]), reuse_port=False):
        pass


def test_a_process_alone_does_not_wait(address):
    start = time.monotonic()
    meet(Cluster(address, 1, 0, wait=30))
    assert time.monotonic() - start < 10


def test_who_does_not_come_is_named(address):
    leader, other = together(Cluster(address, 3, 0, wait=1), Cluster(address, 3, 1, wait=1))()
    assert mentions(leader, address, "2", "--process-id", "--wait")
    assert mentions(other, address)


def test_an_address_that_nobody_listens_at_is_named(address):
    with pytest.raises(UserError, match=facts(address, "--process-id")):
        meet(Cluster(address, 2, 1, wait=1))


def test_a_port_that_another_program_has_is_named():
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=facts(f"127.0.0.1:{port}", port)):
            meet(Cluster(f"127.0.0.1:{port}", 2, 0, wait=1))


def test_a_second_process_of_one_number_is_refused(address):
    wait = together(*(Cluster(address, 3, number, wait=20) for number in (0, 1, 1)))
    end = time.monotonic() + 20
    third = together(Cluster(address, 3, 2, wait=20))
    assert third() == [""]
    said = wait()
    assert time.monotonic() < end
    assert said[0] == ""
    assert sorted(bool(one) for one in said[1:]) == [False, True]
    assert "--process-id 1" in max(said)


def test_another_number_of_processes_is_refused(address):
    wait = together(Cluster(address, 2, 0, wait=20), Cluster(address, 3, 1, wait=20))
    assert together(Cluster(address, 2, 1, wait=20))() == [""]
    assert "--processes 2" in max(wait())


def test_a_stranger_at_the_port_does_no_harm(address):
    wait = together(Cluster(address, 2, 0, wait=20))
    endpoint = Cluster(address, 2, 0).endpoint
    for hello in (b"GET / HTTP/1.1\r\n\r\n", b""):
        while True:
            try:
                with socket.create_connection(endpoint, timeout=5) as stranger:
                    stranger.sendall(hello)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
    assert together(Cluster(address, 2, 1, wait=20))() == [""]
    assert wait() == [""]
