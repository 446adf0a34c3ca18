"""Reads the scalars of TensorBoard event files from bytes, without tensorflow."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

LONGEST_RECORD = 50_000_000

_HEADER = struct.Struct("<QI")
_CHECKSUM = 4
_FLOAT, _DOUBLE = 1, 2
"""Types of a tensor that hold a scalar, as numbered in ``types.proto``."""


@dataclass(frozen=True)
class Scalar:
    """One logged value: its tag, step, time in seconds since 1970, and the value."""

    tag: str
    step: int
    time: float
    value: float


def scalars(content: bytes) -> list[Scalar]:
    """Return all scalars of an event file; a record at the end that is still being written is left out.

    Raises:
        ValueError: If ``content`` is no event file.

    Source: https://www.tensorflow.org/tutorials/load_data/tfrecord (framing), ``tensorboard/compat/proto``.
    """
    from tensorboard.compat.proto.event_pb2 import Event  # takes a while, and few visitors upload logs

    found = []
    for record in _records(content):
        try:
            event = Event.FromString(record)
        except Exception as error:  # protobuf's own type is in a package that nothing else here needs
            raise ValueError("a record is no event") from error
        for value in event.summary.value:
            number = _number(value)
            if number is not None:
                found.append(Scalar(value.tag, event.step, event.wall_time, number))
    return found


def _records(content: bytes) -> Iterator[bytes]:
    """Cut a TFRecord file into its records: length, checksum, bytes, checksum.

    The checksum of the first length tells whether this is such a file at all.
    """
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    position = 0
    while position + _HEADER.size <= len(content):
        length, checksum = _HEADER.unpack_from(content, position)
        if length > LONGEST_RECORD or masked_crc32c(content[position : position + 8]) != checksum:
            raise ValueError("a record's length does not match its checksum")
        start = position + _HEADER.size
        if start + length + _CHECKSUM > len(content):
            return
        yield content[start : start + length]
        position = start + length + _CHECKSUM
    if position == 0:
        raise ValueError("there is no whole record")


def _number(value: Any) -> float | None:
    """Return the number in a summary's value, whether of the old or the new kind; None if it holds something else."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or value.tensor.tensor_shape.dim or value.tensor.dtype not in {_FLOAT, _DOUBLE}:
        return None
    tensor = value.tensor
    if tensor.tensor_content:
        return float(np.frombuffer(tensor.tensor_content, "<f4" if tensor.dtype == _FLOAT else "<f8")[0])
    values = tensor.float_val if tensor.dtype == _FLOAT else tensor.double_val
    return float(values[0]) if values else 0.0
