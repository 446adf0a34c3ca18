"""What is to be known of this computer's processor."""

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
"""Where Linux tells the features of the processor; other systems have no such file."""


def features(cpuinfo: Path = CPUINFO) -> frozenset[str]:
    """Return the words that tell the maker and the features of the CPU; none where the system does not tell."""
    try:
        return frozenset(cpuinfo.read_text(encoding="utf-8").split())
    except OSError:
        return frozenset()


def loses_by_bfloat16(known: frozenset[str]) -> bool:
    """Tell whether a CPU that computes bfloat16 natively does so more slowly than float32.

    Intel's CPUs gain by AMX alone. With no more than AVX-512's instructions for bfloat16 (AMX missing, or hidden by a
    virtual machine) the U-Nets took 1.7 to 1.9 times as long as in float32 to predict, and all networks 1.55 to 1.7
    times as long to train. AMD's Zen 4, which has no AMX, took half as long to predict.

    Args:
        known: The CPU's ``features``.
    """
    return "GenuineIntel" in known and "amx_bf16" not in known
