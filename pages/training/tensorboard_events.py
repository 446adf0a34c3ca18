"""Read the scalars of TensorBoard event files without importing TensorFlow."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from configs import installed

MAX_RECORD_BYTES = 50_000_000
_LENGTH = struct.Struct("<QI")
_CHECKSUM_BYTES = 4
_HALF, _BFLOAT16 = 19, 14
_TENSORS = {
    1: ("<f4", "float_val"),
    2: ("<f8", "double_val"),
    3: ("<i4", "int_val"),
    4: ("<u1", "int_val"),
    9: ("<i8", "int64_val"),
    _BFLOAT16: ("<u2", "half_val"),
    _HALF: ("<u2", "half_val"),
}
"""Type in ``tensor_content`` and field of the values, by the number of the tensor's type in ``types.proto``."""


@dataclass(frozen=True)
class Scalar:
    """One logged value: its tag, step, time in seconds since 1970, and the value."""

    tag: str
    step: int
    time: float
    value: float


@dataclass(frozen=True)
class Events:
    """The scalars of an event file, and the tags of everything else in it: pictures, texts, histograms."""

    scalars: list[Scalar]
    other_tags: frozenset[str]


def scalars(content: bytes) -> list[Scalar]:
    """Return all scalars of an event file; see ``read``."""
    return read(content).scalars


def read(content: bytes) -> Events:
    """Return all scalars of an event file, without an incomplete record at its end.

    Raises:
        ValueError: If ``content`` is not an event file.
        UserError: If tensorboard is not installed.

    Source: https://www.tensorflow.org/tutorials/load_data/tfrecord (framing), ``tensorboard/compat/proto``.
    """
    installed.demand("a TensorBoard event file", "tensorboard")
    from tensorboard.compat.proto.event_pb2 import Event  # slow, and few visitors upload logs

    found, other = [], set()
    for record in _records(content):
        try:
            event = Event.FromString(record)
        except Exception as error:  # protobuf is not a direct dependency, so its type is not named
            raise ValueError("a record is not an event") from error
        for value in event.summary.value:
            number = _number(value)
            if number is not None:
                found.append(Scalar(value.tag, event.step, event.wall_time, number))
            else:
                other.add(value.tag)
    return Events(found, frozenset(other))


def _records(content: bytes) -> Iterator[bytes]:
    """Yield the records of a TFRecord file, each stored as length, checksum, bytes, checksum.

    The checksum of the first length also tells whether the file is a TFRecord at all.
    """
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    position = 0
    while position + _LENGTH.size <= len(content):
        length, checksum = _LENGTH.unpack_from(content, position)
        if length > MAX_RECORD_BYTES or masked_crc32c(content[position : position + 8]) != checksum:
            raise ValueError("a record's length does not match its checksum")
        start = position + _LENGTH.size
        if start + length + _CHECKSUM_BYTES > len(content):
            return
        yield content[start : start + length]
        position = start + length + _CHECKSUM_BYTES
    if position == 0:
        raise ValueError("there is no complete record")


def _number(value: Any) -> float | None:
    """Return the scalar of a summary value, stored as ``simple_value`` or as a tensor; None if it is not a scalar."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    tensor = value.tensor
    if not value.HasField("tensor") or tensor.tensor_shape.dim or tensor.dtype not in _TENSORS:
        return None
    stored, field = _TENSORS[tensor.dtype]
    if tensor.tensor_content:
        raw = np.frombuffer(tensor.tensor_content, stored, count=1)
    else:
        raw = np.array(list(getattr(tensor, field))[:1] or [0], stored)  # a zero is not written
    if tensor.dtype == _HALF:
        raw = raw.view("<f2")
    elif tensor.dtype == _BFLOAT16:  # the upper half of a float32
        raw = (raw.astype("<u4") << 16).view("<f4")
    return float(raw[0])
