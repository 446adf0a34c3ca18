import re

import pytest

from configs.errors import UserError
from tools import dashboard


def test_a_server_that_does_not_start_is_an_error_with_its_output(tmp_path):
    program = ["-c", "import sys; print('port', sys.argv[2], flush=True); sys.exit('out of order')"]
    with pytest.raises(UserError, match=r"port \d+\n.*out of order"), dashboard.serving(tmp_path / "log", {}, program):
        pass
    assert re.match(r"port \d+\n", (tmp_path / "log").read_text())


def test_servers_at_the_same_time_have_ports_of_their_own(tmp_path):
    program = ["tests/tools/healthy_server.py"]
    with (
        dashboard.serving(tmp_path / "one", {}, program) as one,
        dashboard.serving(tmp_path / "other", {}, program) as other,
    ):
        assert one.address != other.address
        assert one.process.poll() is other.process.poll() is None
    assert one.process.poll() is not None
    assert other.process.poll() is not None
