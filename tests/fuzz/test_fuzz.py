"""A short run of the fuzzer over everything, and that it notices every kind of fault."""

from random import Random

import pytest

from tests.fuzz import running
from tests.fuzz.made_up import behave, seeds, sleep
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import Target, targets


@pytest.mark.parametrize("name", targets())
def test_a_seed_is_read(name):
    """Otherwise all mutations would be refused for the same reason."""
    target = targets()[name]
    for files in target.seeds():
        assert running.try_input(target, files) == ("read", ""), list(files)


@pytest.mark.parametrize("name", targets())
def test_mutated_files_are_read_or_refused(name):
    report = running.run(name, 100)
    assert report.count == 100
    assert report.faults == []
    assert report.outcomes["refused"] > 0


@pytest.mark.slow
def test_every_fault_is_noticed():
    report = running.run("made up", 60, target=Target(seeds, behave))
    assert report.count == 60
    assert {"read", "refused", "traceback", "two lines", "crash"} == set(report.outcomes)
    assert report.failed == sum(report.outcomes[fault] for fault in ("traceback", "two lines", "crash"))
    assert len(report.faults) == min(20, report.failed)
    allowed = running.run("made up", 60, target=Target(seeds, behave, may_die=True))
    assert allowed.outcomes["died"] == report.outcomes["crash"]


@pytest.mark.slow
def test_a_hang_and_a_slow_input_are_noticed(monkeypatch):
    monkeypatch.setattr(running, "HANG", 1.0)
    assert running.run("made up", 1, target=Target(seeds, sleep)).outcomes == {"hang": 1}
    report = running.Report()
    report.add(0, "read", running.SLOW + 1, "")
    assert report.outcomes == {"slow": 1}


def test_an_input_depends_on_its_number_only():
    files = {"a": b"1,2,3\n" * 20, "b/c": bytes(100)}
    assert mutated(files, Random("x")) == mutated(files, Random("x"))
    assert len({str(mutated(files, Random(str(number)))) for number in range(50)}) > 40
