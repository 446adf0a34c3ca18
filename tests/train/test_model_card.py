"""The command line that renews model cards."""

import sys

import pytest

from configs.errors import UserError
from tests.train.published import measure_speed
from train import model_card as card_command


@pytest.mark.slow
def test_command(published, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["model_card"])
    assert card_command.main() == 0
    measure_speed(published.path.parent, 4)
    monkeypatch.setattr(sys, "argv", ["model_card", "first"])
    assert card_command.main() == 0
    path = published.path / "card.md"
    assert capsys.readouterr().out == f"{path}: unchanged\n{path}: rewritten\n"


def test_a_local_run_has_no_card_to_renew(published, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["model_card", str(tmp_path / "runs" / "first")])
    with pytest.raises(UserError, match="not a published model"):
        card_command.main()
