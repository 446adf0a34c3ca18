import signal
import subprocess
import sys

import pytest

from configs.paths import ROOT
from train.progress import StepCallback, Stopped, StopRequest, duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (44.6, "45 s"),
        (89, "89 s"),
        (90, "2 min"),
        (720, "12 min"),
        (5300, "88 min"),
        (5400, "1 h 30 min"),
        (11100, "3 h 05 min"),
        (36000, "10 h 00 min"),
    ],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


def test_training_continues_without_a_stop_request():
    stop = StopRequest()
    with stop.listening():
        stop.check()


SIGNALLED = """
import signal, sys
from train.progress import Stopped, StopRequest

stop, number = StopRequest(), int(sys.argv[1])
before = signal.getsignal(number)
with stop.listening():
    signal.raise_signal(number)
    try:
        stop.check()
    except Stopped:
        print("asked to stop")
    try:
        signal.raise_signal(number)
    except KeyboardInterrupt:
        print("interrupted")
print("restored" if signal.getsignal(number) == before else "changed")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_to_stop_and_the_second_interrupts(number):
    """In a process of its own: in that of the tests, other libraries may have a say in what a signal does."""
    command = [sys.executable, "-c", SIGNALLED, str(int(number))]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout
    assert printed.splitlines() == ["asked to stop", "interrupted", "restored"]


def test_signal_handlers_are_restored_after_an_exception():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Stopped), StopRequest().listening():
        raise Stopped
    assert signal.getsignal(signal.SIGINT) == before


class Optimizer:
    learning_rate = 0.0


class Model:
    optimizer = Optimizer()


@pytest.fixture
def callback() -> StepCallback:
    callback = StepCallback(
        epoch=3, epochs=9, batch_size=4, rate=lambda progress: progress * 10, after_step=lambda: None, seconds_left=60.0
    )
    callback.set_model(Model())
    callback.set_params({"steps": 5})
    return callback


def test_the_learning_rate_follows_the_progress_in_epochs(callback):
    callback.on_epoch_begin(0)
    rates = []
    for step in range(5):
        callback.on_train_batch_begin(step)
        rates.append(callback.model.optimizer.learning_rate)
        callback.on_train_batch_end(step, {"loss": 1.0})
    callback.on_epoch_end(0)
    assert rates == pytest.approx([20, 22, 24, 26, 28])
    assert callback.last_rate == rates[-1]
    assert callback.images == 20
    assert callback.seconds > 0


def test_the_bar_shows_loss_accuracy_miou_speed_and_the_time_left(callback, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    callback.on_epoch_begin(0)
    callback.on_train_batch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.5, "accuracy": 0.25, "miou": 0.125})
    callback._bar.refresh()
    callback.close()
    shown = capsys.readouterr().err
    for words in ("epoch 3/9", "4/20", "loss=1.500", "accuracy=0.250", "miou=0.125", "left=", "images"):
        assert words in shown


def test_there_is_no_bar_off_a_terminal(callback, capsys):
    callback.on_epoch_begin(0)
    callback.on_train_batch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.5})
    callback.on_epoch_end(0)
    assert capsys.readouterr().err == ""
