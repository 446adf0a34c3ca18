"""Features of this computer's CPU."""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
"""Where Linux lists the CPU's features; other systems have no such file."""


def features(cpuinfo: Path = CPUINFO) -> frozenset[str]:
    """Return the words of ``cpuinfo``, vendor and feature flags among them; empty if there is no such file."""
    try:
        return frozenset(cpuinfo.read_text(encoding="utf-8").split())
    except OSError:
        return frozenset()


def loses_by_bfloat16(flags: frozenset[str]) -> bool:
    """Return whether a CPU with native bfloat16 is slower in it than in float32.

    Intel's CPUs are faster only with AMX. With just the AVX-512 instructions for bfloat16 (AMX missing, or hidden by a
    virtual machine) the U-Nets took 1.7 to 1.9 times as long as in float32 to predict, and all networks 1.55 to 1.7
    times as long to train. AMD's Zen 4, which has no AMX, took half as long to predict.
    """
    return "GenuineIntel" in flags and "amx_bf16" not in flags


def multiplies_int8(flags: frozenset[str]) -> bool:
    """Return whether an x86 CPU multiplies and adds 8-bit integers in one instruction (VNNI or AMX).

    Without it int8 is not faster than float32. ARM's instructions do not count: there it has not been measured.
    """
    return bool(flags & {"avx512_vnni", "avx_vnni", "amx_int8"})


def name(cpuinfo: Path = CPUINFO) -> str:
    """Return the CPU's model name, or its architecture where the system does not report one."""
    return _first(cpuinfo, "model name") or platform.processor() or platform.machine()


def instructions(cpuinfo: Path = CPUINFO) -> str:
    """Return the CPU's instruction sets in the system's words; empty if it does not list them."""
    return _first(cpuinfo, "flags") or _first(cpuinfo, "Features")


def _first(cpuinfo: Path, key: str) -> str:
    """Return the first value of ``key`` in ``cpuinfo``; empty if there is none."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
