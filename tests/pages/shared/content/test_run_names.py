"""The names under which the pages offer runs."""

from pathlib import Path

from models.runs.run import Run
from pages.shared.content.run_names import runs_by_name


def test_the_second_run_of_a_name_is_called_local():
    published, local, other = (
        Run(Path("zoo/unet"), published=True),
        Run(Path("runs/unet"), published=False),
        Run(Path("runs/other"), published=False),
    )
    assert runs_by_name([published, local, other]) == {"unet": published, "unet (local)": local, "other": other}


def test_no_model_is_lost_to_another_whose_folder_is_called_local():
    runs = [
        Run(Path("zoo/unet"), published=True),
        *(Run(Path("runs") / name, published=False) for name in ("unet", "unet (local)")),
    ]
    for order in (runs, [runs[0], runs[2], runs[1]]):
        named = runs_by_name(order)
        assert sorted(run.path for run in named.values()) == sorted(run.path for run in runs)
        assert named["unet (local)"] == runs[2]
