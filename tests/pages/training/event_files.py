"""Event files as TensorBoard writes them."""

import io

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.record_writer import RecordWriter


def event_file(points, time=1000.0):
    """Return an event file with scalars ``(tag, step, value)``, written by TensorBoard's own record writer."""
    content = io.BytesIO()
    writer = RecordWriter(content)
    writer.write(Event(wall_time=time, file_version="brain.Event:2").SerializeToString())
    for tag, step, value in points:
        tensor = TensorProto(dtype=1, float_val=[value])
        summary = Summary(value=[Summary.Value(tag=tag, tensor=tensor)])
        writer.write(Event(wall_time=time + 10 * step, step=step, summary=summary).SerializeToString())
    return content.getvalue()
