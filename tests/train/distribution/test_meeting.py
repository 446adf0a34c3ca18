import socket
import threading
import time

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


class Meeting:
    """Processes that meet, each in a thread; ``said`` has the error of each that has ended, "" if none."""

    def __init__(self, *clusters: Cluster) -> None:
        self.said: dict[int, str] = {}
        self.threads = [threading.Thread(target=self._one, args=item, daemon=True) for item in enumerate(clusters)]
        for thread in self.threads:
            thread.start()

    def __call__(self) -> list[str]:
        """Wait for all, and return what they said."""
        for thread in self.threads:
            thread.join(60)
        return [self.said[index] for index in range(len(self.threads))]

    def wait_for_one(self) -> None:
        """Wait until one of them has ended."""
        end = time.monotonic() + 60
        while not self.said and time.monotonic() < end:
            time.sleep(0.02)
        assert self.said

    def _one(self, index: int, cluster: Cluster) -> None:
        try:
            meet(cluster)
        except UserError as error:
            self.said[index] = str(error)
        else:
            self.said[index] = ""


def test_processes_meet_in_any_order_and_leave_the_port_free(address):
    late = Meeting(Cluster(address, 3, 2, wait=30), Cluster(address, 3, 1, wait=30))
    assert Meeting(Cluster(address, 3, 0, wait=30))() == [""]
    assert late() == ["", ""]
    with socket.create_server(("127.0.0.1", Cluster(address, 3, 0).endpoint[1]), reuse_port=False):
        pass


def test_a_process_alone_does_not_wait(address):
    start = time.monotonic()
    meet(Cluster(address, 1, 0, wait=30))
    assert time.monotonic() - start < 10


def test_who_does_not_come_is_named(address):
    leader, other = Meeting(Cluster(address, 3, 0, wait=1), Cluster(address, 3, 1, wait=1))()
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
    meeting = Meeting(*(Cluster(address, 3, number, wait=20) for number in (0, 1, 1)))
    meeting.wait_for_one()  # once all are there, nobody listens any more
    third = Meeting(Cluster(address, 3, 2, wait=20))
    assert third() == [""]
    said = meeting()
    assert said[0] == ""
    assert sorted(bool(one) for one in said[1:]) == [False, True]
    assert "--process-id 1" in max(said)


def test_another_number_of_processes_is_refused(address):
    meeting = Meeting(Cluster(address, 2, 0, wait=20), Cluster(address, 3, 1, wait=20))
    meeting.wait_for_one()
    assert Meeting(Cluster(address, 2, 1, wait=20))() == [""]
    assert "--processes 2" in max(meeting())


def test_a_stranger_at_the_port_does_no_harm(address):
    meeting = Meeting(Cluster(address, 2, 0, wait=20))
    endpoint = Cluster(address, 2, 0).endpoint
    for hello in (b"GET / HTTP/1.1\r\n\r\n", b""):
        while True:
            try:
                with socket.create_connection(endpoint, timeout=5) as stranger:
                    stranger.sendall(hello)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
    assert Meeting(Cluster(address, 2, 1, wait=20))() == [""]
    assert meeting() == [""]
