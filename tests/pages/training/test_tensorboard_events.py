"""Scalars from TensorBoard's event files, without TensorFlow."""

import io
import subprocess
import sys

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_tensor_proto

from configs.paths import ROOT
from pages.training import tensorboard_events
from tests.pages.training.event_files import event_file


def test_an_incomplete_record_at_the_end_is_left_out():
    content = event_file([("train/loss", step, 1.0 / step) for step in range(1, 9)])
    whole = tensorboard_events.scalars(content)
    assert len(whole) == 8
    for cut in (1, 5, 20):
        assert tensorboard_events.scalars(content[:-cut]) == whole[:-1]


def test_scalars_in_every_encoding():
    values = [
        Summary.Value(tag="old", simple_value=1.5),
        Summary.Value(tag="bytes", tensor=TensorProto(dtype=1, tensor_content=np.float32(2.5).tobytes())),
        Summary.Value(tag="double", tensor=TensorProto(dtype=2, double_val=[3.5])),
        Summary.Value(tag="zero", tensor=TensorProto(dtype=1)),
        Summary.Value(tag="vector", tensor=make_tensor_proto(np.ones(2, np.float32))),
        Summary.Value(tag="complex", tensor=make_tensor_proto(np.complex64(1))),
        Summary.Value(tag="text", tensor=TensorProto(dtype=7, string_val=[b"words"])),
    ]
    content = io.BytesIO()
    RecordWriter(content).write(Event(step=4, wall_time=9.0, summary=Summary(value=values)).SerializeToString())
    found = tensorboard_events.scalars(content.getvalue())
    assert [(scalar.tag, scalar.step, scalar.time, scalar.value) for scalar in found] == [
        ("old", 4, 9.0, 1.5),
        ("bytes", 4, 9.0, 2.5),
        ("double", 4, 9.0, 3.5),
        ("zero", 4, 9.0, 0.0),
    ]
    assert tensorboard_events.read(content.getvalue()).other_tags == {"text", "vector", "complex"}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32", "int64", "uint8"])
@pytest.mark.parametrize("number", [0.0, 1.5, 7.0])
def test_tensors_of_every_type_of_number(dtype, number):
    """The tensors are TensorFlow's own, in both of its encodings."""
    import tensorflow as tf

    value = tf.cast(number, dtype)
    tensor = TensorProto.FromString(tf.make_tensor_proto(value.numpy()).SerializeToString())
    packed = TensorProto(dtype=tensor.dtype, tensor_content=value.numpy().tobytes())
    values = [Summary.Value(tag="a", tensor=tensor), Summary.Value(tag="b", tensor=packed)]
    content = io.BytesIO()
    RecordWriter(content).write(Event(summary=Summary(value=values)).SerializeToString())
    assert [scalar.value for scalar in tensorboard_events.scalars(content.getvalue())] == [float(value)] * 2


def test_reading_event_files_does_not_import_tensorflow(tmp_path):
    file = tmp_path / "events.out.tfevents.1"
    file.write_bytes(event_file([("loss", 1, 1.0)]))
    program = (
        "import sys; from pathlib import Path; from pages.training import tensorboard_events\n"
        f"print(tensorboard_events.scalars(Path({str(file)!r}).read_bytes())[0].value, 'tensorflow' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert output.stdout.split() == ["1.0", "False"]
