"""Chooses the precision that suits the hardware."""

from pathlib import Path
from typing import Literal

import keras

from models.inference import cpu

Resolved = Literal["float32", "bfloat16"]


def resolve(precision: Literal["auto", "float32", "bfloat16"]) -> Resolved:
    """Return ``precision``, or for ``auto`` bfloat16 where the hardware is faster in it, else float32."""
    if precision != "auto":
        return precision
    gains = _gpu_has_bfloat16() if has_gpu() else cpu_gains_by_bfloat16()
    return "bfloat16" if gains else "float32"


def policy(precision: Resolved) -> str:
    """Return the Keras dtype policy: bfloat16 computes in bfloat16 and keeps the weights in float32."""
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def has_gpu() -> bool:
    """Return whether the Keras backend computes on a GPU."""
    if keras.backend.backend() == "jax":
        import jax

        return bool(jax.default_backend() == "gpu")
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def cpu_gains_by_bfloat16(cpuinfo: Path = cpu.CPUINFO) -> bool:
    """Return whether this CPU is faster in native bfloat16 (AVX-512 BF16, AMX or Arm's BF16 extension).

    False where the system does not list the CPU's features; float32 always works.
    """
    flags = cpu.features(cpuinfo)
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"}) and not cpu.loses_by_bfloat16(flags)


def _gpu_has_bfloat16() -> bool:
    """Return whether the first GPU is of NVIDIA's compute capability 8.0 (Ampere) or newer."""
    if keras.backend.backend() == "jax":
        import jax

        major = str(getattr(jax.devices()[0], "compute_capability", "0")).partition(".")[0]
        return int(major) >= 8
    import tensorflow as tf

    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
    return bool(details.get("compute_capability", (0, 0)) >= (8, 0))
