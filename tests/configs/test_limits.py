import pytest

from configs import limits
from configs.errors import UserError
from tests.facts import facts


@pytest.mark.parametrize(("setting", "expected"), [("", 1_000_000_000), ("250", 250_000_000), (" 1 ", 1_000_000)])
def test_the_bound_on_uploads(monkeypatch, setting, expected):
    monkeypatch.setenv("SEGDECK_UPLOADS", setting)
    assert limits.uploads_bytes() == expected


@pytest.mark.parametrize("setting", ["0", "-1", "1.5", "1 GB", "²"])
def test_an_impossible_bound_is_named(monkeypatch, setting):
    monkeypatch.setenv("SEGDECK_UPLOADS", setting)
    with pytest.raises(UserError, match=facts("SEGDECK_UPLOADS", repr(setting))):
        limits.uploads_bytes()


LIVE = {
    "SEGDECK_LIVE_VISITORS": (limits.live_visitors, 1),
    "SEGDECK_LIVE_MB": (limits.live_frame_bytes, 1_000_000),
    "SEGDECK_LIVE_MEGAPIXELS": (limits.live_frame_pixels, 1_000_000),
}


@pytest.mark.parametrize("variable", LIVE)
def test_the_bounds_of_live_video(monkeypatch, variable):
    read, unit = LIVE[variable]
    monkeypatch.delenv(variable, raising=False)
    assert read() > 0
    monkeypatch.setenv(variable, "3")
    assert read() == 3 * unit
    monkeypatch.setenv(variable, "many")
    with pytest.raises(UserError, match=facts(variable, repr("many"))):
        read()
