"""The comparison with streamlit-webrtc, without a browser; the whole is tried by hand (docs/video.md)."""

import sys

import pytest

from configs.errors import UserError
from tests.facts import facts, mentions
from tools.compare_webrtc import REQUIREMENTS, missed, version
from tools.webrtc.summary import Measured


@pytest.mark.parametrize("python", ["/nowhere/python", sys.executable])
def test_a_python_without_streamlit_webrtc_is_refused_with_what_to_install(python):
    with pytest.raises(UserError, match=facts(python, REQUIREMENTS)):
        version(python)


def test_what_is_not_so_much_better_is_told():
    theirs = Measured(rate=8, median=300, p95=400, unreadable=0)
    assert missed(Measured(rate=12, median=180, p95=300, unreadable=0), theirs) == []
    slow, late = missed(Measured(rate=10, median=240, p95=300, unreadable=0), theirs)
    assert mentions(slow, "1.25", "1.5")
    assert mentions(late, "0.80", "0.6")
