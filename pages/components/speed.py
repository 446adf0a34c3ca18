"""How fast models are, as measured by ``python -m train.benchmark --json``."""

from data import store
from models import benchmarks, registry


def command() -> str:
    """Return the command that measures the published models on this computer."""
    file = store.cache_dir() / "benchmark.json"
    shown = file.relative_to(registry.ROOT) if file.is_relative_to(registry.ROOT) else file
    return f"python -m train.benchmark --json {shown}"


def here() -> tuple[dict[str, float], str]:
    """Return milliseconds for one picture by model as measured on this computer, and what computer it is."""
    return benchmarks.read(store.cache_dir() / "benchmark.json")


def measured() -> tuple[dict[str, float], str]:
    """Return milliseconds for one picture by model, and the machine they were measured on.

    The figures of this computer are taken before those that come with the published models
    (``models/zoo/benchmark.json``), and never both: they are of different machines.
    """
    times, machine = here()
    return (times, machine) if times else benchmarks.read(registry.zoo_dir() / "benchmark.json")
