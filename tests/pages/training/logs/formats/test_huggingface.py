"""States of Hugging Face's Trainer."""

import json

from tests.pages.training.logs.reading import points, problem_of, read_all, read_one

ENTRIES = [
    {"epoch": 0.5, "loss": 1.2, "learning_rate": 4e-05, "step": 5},
    {"epoch": 1.0, "loss": 1.0, "learning_rate": 3e-05, "step": 10},
    {"epoch": 1.0, "eval_loss": 0.9, "eval_mean_iou": 0.41, "eval_runtime": 3.2, "step": 10},
    {"epoch": 1.5, "loss": 0.8, "learning_rate": 1e-05, "step": 15},
    {"epoch": 2.0, "loss": 0.7, "learning_rate": 0.0, "step": 20},
    {"epoch": 2.0, "eval_loss": 0.75, "eval_mean_iou": 0.52, "eval_runtime": 3.1, "step": 20},
    {"epoch": 2.0, "train_loss": 0.925, "train_runtime": 60.0, "step": 20},
]


def state(entries):
    return json.dumps({"epoch": 2.0, "global_step": 20, "log_history": entries}, indent=2)


def test_curves_by_parts_of_epochs():
    curves = read_one("trainer_state.json", state(ENTRIES))
    assert points(curves, "loss") == {0.5: 1.2, 1: 1.0, 1.5: 0.8, 2: 0.7}
    assert points(curves, "val_loss") == {1: 0.9, 2: 0.75}
    assert points(curves, "val_miou") == {1: 0.41, 2: 0.52}
    assert points(curves, "learning_rate")[2] == 0
    assert curves.last_epoch() == 2
    assert curves.steps.empty


def test_the_closing_average_and_the_runtime_are_named():
    curves = read_one("trainer_state.json", state(ENTRIES))
    assert curves.metrics() == ["loss", "miou", "learning_rate"]
    notes = "\n".join(curves.notes)
    assert "1 closing row" in notes
    assert "train_loss" in notes
    assert "runtime" in notes


def test_an_evaluation_before_the_training_is_at_epoch_0():
    first = {"epoch": 0, "eval_loss": 2.0, "step": 0}
    later = [{"epoch": 1.0, "loss": 1.0, "step": 10}, {"epoch": 1.0, "eval_loss": 0.9, "step": 10}]
    curves = read_one("trainer_state.json", state([first, *later]))
    assert points(curves, "val_loss") == {0: 2, 1: 0.9}
    assert points(curves, "loss") == {1: 1}


def test_the_last_checkpoint_by_its_step_has_the_whole_log():
    files = [
        (f"out/checkpoint-{step}/trainer_state.json", state([entry for entry in ENTRIES if entry["step"] <= step]))
        for step in (5, 10, 20)
    ]
    (curves,) = read_all([files[2], files[0], files[1]])
    assert curves.name == "out"
    assert points(curves, "val_loss") == {1: 0.9, 2: 0.75}
    assert curves.notes[0].startswith("2 earlier checkpoints")


def test_rounded_epochs_are_computed_from_the_steps():
    entries = [{"epoch": round(step / 1000, 2), "loss": 1.0, "step": step} for step in range(2, 1001, 2)]
    curves = read_one("trainer_state.json", state(entries))
    assert len(points(curves, "loss")) == 500
    assert list(points(curves, "loss"))[:2] == [0.002, 0.004]
    assert any("rounds" in note for note in curves.notes)


def test_numbers_as_text_and_lists():
    entries = [
        {"epoch": "1.0", "loss": "0.7706", "step": 1},
        {"epoch": 1.0, "eval_per_category_iou": [1, 2], "step": 1},
    ]
    curves = read_one("trainer_state.json", state(entries))
    assert points(curves, "loss") == {1: 0.7706}
    assert any("per_category_iou" in note for note in curves.notes)


def test_an_empty_log_is_refused_with_what_to_upload():
    assert "last checkpoint" in problem_of("trainer_state.json", state([]))
