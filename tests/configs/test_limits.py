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


def test_the_limits_of_clips(monkeypatch):
    for variable in ("MB", "MEGAPIXELS", "MINUTES", "FPS"):
        monkeypatch.delenv(f"SEGDECK_CLIP_{variable}", raising=False)
    assert limits.clips() == limits.ClipLimits(4_000_000_000, 9_000_000, 7200, 120)
    for variable, setting in [("MB", "5"), ("MEGAPIXELS", "2"), ("MINUTES", "3"), ("FPS", "30")]:
        monkeypatch.setenv(f"SEGDECK_CLIP_{variable}", setting)
    assert limits.clips() == limits.ClipLimits(5_000_000, 2_000_000, 180, 30)


@pytest.mark.parametrize("variable", ["MB", "MEGAPIXELS", "MINUTES", "FPS"])
def test_an_impossible_limit_of_clips_is_named(monkeypatch, variable):
    monkeypatch.setenv(f"SEGDECK_CLIP_{variable}", "many")
    with pytest.raises(UserError, match=facts(f"SEGDECK_CLIP_{variable}", "many")):
        limits.clips()


BOUNDS = {
    "SEGDECK_LIVE_VISITORS": (limits.live_visitors, 1),
    "SEGDECK_LIVE_AT_ONCE": (limits.live_at_once, 1),
    "SEGDECK_LIVE_MB": (limits.live_frame_bytes, 1_000_000),
    "SEGDECK_LIVE_MEGAPIXELS": (limits.live_frame_pixels, 1_000_000),
    "SEGDECK_PREDICTIONS": (limits.predictions_bytes, 1_000_000),
}


@pytest.mark.parametrize("variable", BOUNDS)
def test_the_bounds_of_live_video_and_saved_predictions(monkeypatch, variable):
    read, unit = BOUNDS[variable]
    monkeypatch.delenv(variable, raising=False)
    assert read() > 0
    monkeypatch.setenv(variable, "3")
    assert read() == 3 * unit
    monkeypatch.setenv(variable, "many")
    with pytest.raises(UserError, match=facts(variable, repr("many"))):
        read()
