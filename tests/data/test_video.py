"""Clips of every kind, written here: what is read, and what is refused."""

import subprocess
import sys
from fractions import Fraction

import av
import numpy as np
import pytest

from configs.limits import ClipLimits
from configs.paths import ROOT
from data import video, video_files
from tests import clips
from tests.facts import mentions

LIMITS = ClipLimits(bytes=5_000_000, pixels=1_000_000, seconds=60, rate=60)
PICTURES = clips.pictures(8)


def frames(path, skip=0) -> tuple[list[video.Frame], list[str]]:
    reader = video.Reader(path, LIMITS, skip=skip)
    return list(reader), reader.remarks


def test_frames_are_those_that_were_written(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES, exact=True)
    clip = video.inspect(path, LIMITS)
    assert (clip.size, clip.frames, clip.audio) == ((64, 96), 8, False)
    found, remarks = frames(path)
    assert remarks == []
    assert [frame.index for frame in found] == list(range(8))
    for frame, expected in zip(found, PICTURES, strict=True):
        np.testing.assert_array_equal(frame.image, expected)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_still_is_the_frame_that_is_shown_at_a_time(tmp_path, suffix):
    times = [10, 12, 17, 18, 40, 41, 90, 100]
    path = clips.write(tmp_path / f"a.{suffix}", PICTURES, times, exact=True, g="3")
    for number, time in enumerate(times):
        np.testing.assert_array_equal(video.still(path, time / 30, LIMITS), PICTURES[number])
        np.testing.assert_array_equal(video.still(path, (time + 0.9) / 30, LIMITS), PICTURES[number])
    np.testing.assert_array_equal(video.still(path, 0, LIMITS), PICTURES[0])
    np.testing.assert_array_equal(video.still(path, 99, LIMITS), PICTURES[-1])


def test_a_still_is_upright(tmp_path):
    path = clips.turn(clips.write(tmp_path / "a.mp4", PICTURES[:2], exact=True), clips.MATRICES["quarter"])
    np.testing.assert_array_equal(video.still(path, 0, LIMITS), clips.show(PICTURES[0], clips.MATRICES["quarter"]))


@pytest.mark.parametrize("name", clips.MATRICES)
def test_frames_are_turned_upright_by_every_display_matrix(tmp_path, name):
    matrix = clips.MATRICES[name]
    path = clips.turn(clips.write(tmp_path / "a.mp4", PICTURES[:2], exact=True), matrix)
    expected = clips.show(PICTURES[0], matrix)
    found, _ = frames(path)
    np.testing.assert_array_equal(found[0].image, expected)
    assert video.inspect(path, LIMITS).size == expected.shape[:2]


@pytest.mark.parametrize(
    ("times", "time_base"),
    [
        ([0, 1, 3, 7, 8, 20], Fraction(1, 30)),
        ([500, 533, 700, 1300], Fraction(1, 1000)),
        ([0, 1, 2], Fraction(1001, 30000)),
    ],
    ids=["variable", "later start", "ntsc"],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_times_are_those_of_the_file(tmp_path, times, time_base, suffix):
    path = clips.write(tmp_path / f"a{suffix}", PICTURES[: len(times)], times, time_base)
    clip, (found, _) = video.inspect(path, LIMITS), frames(path)
    seconds = [frame.pts * clip.time_base for frame in found]
    exact = [time * time_base for time in times]
    assert seconds == (exact if suffix == ".mp4" else pytest.approx(list(map(float, exact)), abs=0.0006))


@pytest.mark.parametrize("size", [(63, 95), (17, 33), (64, 95), (1, 1)])
def test_odd_sizes(tmp_path, size):
    picture = clips.pictures(1, *size)[0]
    path = clips.write(tmp_path / "a.mp4", [picture] * 2, exact=True)
    np.testing.assert_array_equal(frames(path)[0][1].image, picture)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx265"),
        ("a.mp4", "libsvtav1"),
        ("a.webm", "libvpx"),
        ("a.webm", "libvpx-vp9"),
        ("a.mkv", "ffv1"),
        ("a.avi", "mpeg4"),
        ("a.mpg", "mpeg2video"),
        ("a.flv", "flv"),
        ("a.asf", "wmv2"),
    ],
)
def test_usual_codecs_and_containers(tmp_path, name, codec):
    path = clips.write(tmp_path / name, PICTURES, codec=codec)
    assert video_files.looks_like_video(path.rename(tmp_path / "a"))
    found, remarks = frames(tmp_path / "a")
    assert remarks == []
    for frame, expected in zip(found, PICTURES, strict=True):
        assert np.abs(frame.image.astype(int) - expected).mean() < 8


def test_a_recording_without_a_duration_is_counted(tmp_path):
    path = clips.write(tmp_path / "a.webm", PICTURES, codec="libvpx-vp9")
    content = path.read_bytes()
    # Matroska's Duration, which browsers leave out when they record in slices, becomes a gap of the same length.
    place = content.index(b"\x44\x89\x88")
    path.write_bytes(content[:place] + b"\xec\x89" + content[place + 2 :])
    with av.open(str(path)) as container:
        assert container.duration is None
    clip = video.inspect(path, LIMITS)
    assert clip.frames == 8
    assert clip.seconds == pytest.approx(7 / 30, abs=0.002)
    assert len(frames(path)[0]) == 8


def test_one_frame(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES[:1])
    assert video.inspect(path, LIMITS).frames == 1
    assert len(frames(path)[0]) == 1


def test_frames_that_are_skipped_keep_their_numbers_and_times(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES, exact=True)
    whole, rest = frames(path)[0], frames(path, skip=5)[0]
    assert [frame.index for frame in rest] == [5, 6, 7]
    for frame, expected in zip(rest, whole[5:], strict=True):
        assert frame.pts == expected.pts
        np.testing.assert_array_equal(frame.image, expected.image)
    assert frames(path, skip=8)[0] == []


def cut_off(tmp_path, name):
    many = clips.pictures(90, 120, 160)
    if name.endswith(".mp4"):
        path = clips.write(tmp_path / name, many, movflags="faststart")
    else:
        path = clips.write(tmp_path / name, many, codec="libvpx-vp9")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_file_that_is_cut_off_gives_what_there_is_and_one_remark(tmp_path, name):
    path = cut_off(tmp_path, name)
    assert video.inspect(path, LIMITS).size == (120, 160)
    found, (remark,) = frames(path)
    assert 10 < len(found) < 85
    assert mentions(remark, f"{len(found)} frames")


def test_damage_in_the_middle_does_not_end_the_clip(tmp_path):
    path = clips.write(tmp_path / "a.mp4", clips.pictures(60, 120, 160), movflags="faststart", g="5")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    path.write_bytes(content)
    found, remarks = frames(path)
    assert len(found) > 40
    assert found[-1].pts > 55 * 512
    assert len(remarks) == 1


def test_a_size_that_changes_is_brought_to_the_first(tmp_path):
    small, large = clips.pictures(1, 64, 96)[0], clips.pictures(1, 128, 192)[0]
    parts = [clips.write(tmp_path / f"{name}.ts", [one] * 3) for name, one in [("a", small), ("b", large)]]
    path = tmp_path / "c.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    found, remarks = frames(path)
    assert {frame.image.shape for frame in found} == {(64, 96, 3)}
    assert len(found) == 6
    assert any(mentions(remark, 3, "size") for remark in remarks)


def test_times_always_ascend(tmp_path):
    parts = [clips.write(tmp_path / f"{name}.ts", PICTURES[:3]) for name in "ab"]
    (tmp_path / "c.ts").write_bytes(parts[0].read_bytes() + parts[1].read_bytes())
    times = [frame.pts for frame in frames(tmp_path / "c.ts")[0]]
    assert len(times) == 6
    assert all(np.diff(times) > 0)


def refusal(path, limits=LIMITS) -> str:
    with pytest.raises(video.VideoError) as error:
        video.inspect(path, limits)
    assert str(error.value).startswith(f"{path}: ")
    return str(error.value)


def test_files_without_a_clip_are_refused(tmp_path):
    sound = tmp_path / "sound.mp4"
    clips.write(tmp_path / "both.mp4", PICTURES[:2], sound=True)
    assert video.inspect(tmp_path / "both.mp4", LIMITS).audio
    with av.open(str(tmp_path / "both.mp4")) as both, av.open(str(sound), "w") as only:
        stream = only.add_stream_from_template(both.streams.audio[0])
        for packet in both.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                only.mux(packet)
    assert mentions(refusal(sound), "no video")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no clip")
    for name in ("empty.mp4", "text.mp4"):
        assert mentions(refusal(tmp_path / name), "not a readable clip", "MP4", "WebM")
    assert mentions(refusal(tmp_path / "absent.mp4"), "No such file or directory")


def test_a_clip_without_a_frame_is_refused(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES[:3], movflags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 4])
    assert mentions(refusal(path), "no frame")


def test_an_unknown_codec_is_refused(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES[:3])
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    assert mentions(refusal(path), "cannot be decoded", "H.264")


@pytest.mark.parametrize("suffix", ["", ".mp4", ".m3u8"])
def test_a_playlist_reaches_no_other_file(tmp_path, suffix):
    clips.write(tmp_path / "secret.ts", PICTURES)
    playlist = tmp_path / f"list{suffix}"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n")
    assert mentions(refusal(playlist), "not a readable clip")
    playlist.write_text("ffconcat version 1.0\nfile secret.ts\n")
    assert mentions(refusal(playlist), "not a readable clip")


def test_limits_are_told_with_the_number_and_the_variable(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES, list(range(0, 80, 10)), Fraction(1, 1))
    size = path.stat().st_size
    expected = [
        ({"bytes": size - 1}, [f"{size:,}", f"{size - 1:,}", "SEGDECK_CLIP_MB"]),
        ({"pixels": 6000}, ["96", "64", "6,000", "SEGDECK_CLIP_MEGAPIXELS"]),
        ({"seconds": 30}, ["0.5", "SEGDECK_CLIP_MINUTES"]),
    ]
    usual = {"bytes": size, "pixels": 6144, "seconds": 90, "rate": 1}
    for change, words in expected:
        assert mentions(refusal(path, ClipLimits(**usual | change)), *words)
    assert video.inspect(path, ClipLimits(**usual)).frames == 8
    fast = clips.write(tmp_path / "b.mp4", clips.pictures(60), range(60), Fraction(1, 30))
    assert mentions(refusal(fast, ClipLimits(**usual | {"rate": 20, "bytes": 10**6})), 30, 20, "SEGDECK_CLIP_FPS")


def test_limits_also_end_a_clip_whose_header_does_not_tell(tmp_path):
    path = clips.write(tmp_path / "a.mp4", PICTURES, list(range(0, 80, 10)), Fraction(1, 1))
    reader = video.Reader(path, ClipLimits(bytes=10**6, pixels=10**6, seconds=35, rate=60))
    assert len(list(reader)) == 4
    assert mentions(reader.remarks[0], "40.0")


HUGE = """
import resource, sys
from pathlib import Path
from configs import limits
from data import video
path, most = Path(sys.argv[1]), limits.clips()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    video.inspect(path, most)
    print(len(list(video.Reader(path, most))))
except video.VideoError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_claim_of_huge_frames_takes_no_memory(tmp_path):
    path = clips.write(tmp_path / "a.mkv", PICTURES, codec="libvpx")
    content = bytearray(path.read_bytes())
    place = content.index(b"\x9d\x01\x2a") + 3  # VP8's start code of a key frame, before width and height
    content[place : place + 4] = (16383).to_bytes(2, "little") * 2
    path.write_bytes(content)
    result = subprocess.run(
        [sys.executable, "-c", HUGE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *messages, megabytes = result.stdout.splitlines()
    assert len(messages) == 1
    assert int(megabytes) < 200


def test_larger_frames_later_in_the_clip_are_not_decoded(tmp_path):
    small, large = clips.pictures(40, 256, 256), clips.pictures(3, 1600, 1600)
    parts = [  # the small ones are all that FFmpeg looks at to begin with
        clips.write(tmp_path / "a.ts", small, range(40), Fraction(1, 1), qp="0", g="1"),
        clips.write(tmp_path / "b.ts", large, range(40, 43), Fraction(1, 1)),
    ]
    path = tmp_path / "c.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    found, remarks = frames(path)
    assert [frame.image.shape for frame in found] == [(256, 256, 3)] * 40
    assert [mentions(remark, "40 frames") for remark in remarks] == [True]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.mp4", b"", True),
        ("a.MOV", b"text", True),
        ("a.bin", b"\0\0\0\x18ftypisom", True),
        ("a", b"\x1aE\xdf\xa3", True),
        ("a.png", b"\x89PNG\r\n\x1a\n", False),
        ("a.heic", b"\0\0\0\x18ftypheic", False),
        ("a.avif", b"\0\0\0\x18ftypavif", False),
        ("a.txt", b"text", False),
    ],
)
def test_what_looks_like_a_clip(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert video_files.looks_like_video(tmp_path / name) is expected


def test_a_folder_and_nothing_do_not_look_like_clips(tmp_path):
    assert not video_files.looks_like_video(tmp_path)
    assert not video_files.looks_like_video(tmp_path / "absent.mp4")
