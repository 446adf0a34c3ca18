"""The benchmark of growth: its exponents, and every task at two small sizes."""

from typing import Any

import pytest

from configs.errors import UserError
from tests.facts import mentions
from tools import growth, growth_tasks
from tools.growth import Growth
from tools.growth_tasks import TASKS

SMALL = {"megapixels": (0.01, 0.02), "models": (1, 2), "classes": (3, 4), "images": (4, 8)}


@pytest.fixture(scope="module", autouse=True)
def predictors():
    yield
    growth_tasks.forget()


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_the_exponent_of_a_power_is_the_power(power):
    sizes = (1.0, 3.0, 10.0, 100.0)
    assert growth.exponent(sizes, [7 * size**power for size in sizes]) == pytest.approx(power)


def test_what_grows_faster_is_told():
    sizes = (1.0, 10.0, 100.0)
    late = Growth(sizes, (1.0, 1.0, 100.0), (1.0, 2.0, 4.0))
    assert late.exponents == pytest.approx((1, 2))
    assert late.faster == ["time"]
    assert "time" in growth.row("late", late)
    assert Growth(sizes, (1.0, 10.0, 100.0), (1.0, 100.0, 1e4)).faster == ["memory"]
    assert Growth(sizes, (1.0, 10.0, 100.0), (1.0, 10.0, 100.0)).faster == []


@pytest.mark.parametrize("name", TASKS)
def test_a_task_runs_at_two_small_sizes(name, monkeypatch):
    monkeypatch.setattr(growth, "CALLS", 1)
    sizes = SMALL[TASKS[name].unit]
    found = growth.grown(TASKS[name], sizes)
    assert found.sizes == sizes
    assert min(found.seconds) > 0
    assert min(found.megabytes) > 0


def test_mistakes(monkeypatch):
    mistakes: list[tuple[list[str], list[Any]]] = [
        (["nothing"], ["nothing", *TASKS]),
        (["read", "--most", "100"], ["--most", 100, "read"]),
    ]
    for arguments, facts in mistakes:
        monkeypatch.setattr("sys.argv", ["growth", *arguments])
        with pytest.raises(UserError) as error:
            growth.main()
        assert mentions(str(error.value), *facts)
