"""The live route of a running server, without a browser: who may connect, what it answers, and what it refuses."""

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

from data import decode
from models.inference.predictor import RunPredictor
from models.runs.run import Run
from tests.facts import mentions
from tests.pages.conftest import serving, wait_for, wait_until
from tests.pages.server import visiting
from tests.pages.server.visiting import CLOSE, RefusedError, Socket, ask, frame, read, visit


def picture(seed=0, size=(90, 120), kind="JPEG"):
    pixels = np.random.default_rng(seed).integers(0, 256, (size[0] // 10, size[1] // 10, 3), np.uint8)
    return encoded(Image.fromarray(pixels).resize(size[::-1]), kind)


@pytest.fixture(scope="module")
def small(runs_folder, tmp_path_factory):
    """Serve a dashboard with room for two visitors and two predictions, frames of a megapixel and a megabyte."""
    limits = {"SEGDECK_LIVE_VISITORS": "2", "SEGDECK_LIVE_MB": "1", "SEGDECK_LIVE_MEGAPIXELS": "1"}
    environment = limits | {"SEGDECK_TEST_IDLE": "12", "SEGDECK_LIVE_AT_ONCE": "2"}
    with serving(runs_folder, tmp_path_factory.mktemp("server"), environment=environment) as server:
        yield server.address


@pytest.fixture
def visitor(small):
    with visit(small, "tiny_pets") as visitor:
        yield visitor


@pytest.fixture
def connected(visitor):
    with visitor.connect() as socket:
        yield socket


def test_the_label_maps_are_those_of_the_predictor(connected, runs_folder):
    content = picture()
    pixels = decode.decode(content, "frame")
    answer = ask(connected, content, "tiny_pets", "tiny_street", ident=7)
    assert answer.header["id"] == 7
    assert (answer.header["width"], answer.header["height"]) == (120, 90)
    for name in ("tiny_pets", "tiny_street"):
        predictor = RunPredictor.load(Run(runs_folder / name, published=False))
        scores, box = predictor.network_scores(pixels)
        found = answer.labels[name]
        assert found.shape == (box.height, box.width)
        scores = scores[box.window][..., list(predictor.label_space.scored)]
        assert (np.array(predictor.label_space.scored)[scores.argmax(axis=2)] == found).all()
        assert len(np.unique(found)) > 1
        exact = ask(connected, content, name, exact=True).labels[name]
        assert (exact == predictor.predict(pixels).labels).all()
    assert {"tiny_pets", "tiny_street"} == set(answer.labels)


def test_a_still_as_png_gives_what_the_command_line_gives(connected, runs_folder):
    content = picture(3, (70, 50), "PNG")
    predictor = RunPredictor.load(Run(runs_folder / "tiny_pets", published=False))
    expected = predictor.predict(decode.decode(content, "frame")).labels
    assert (ask(connected, content, "tiny_pets", exact=True).labels["tiny_pets"] == expected).all()


def encoded(image, kind="PNG"):
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


def bomb():
    """Return the head of a PNG that says it has 900 megapixels."""
    head = struct.pack(">4sIIBBBBB", b"IHDR", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">II4s", zlib.crc32(head), 9, b"IDAT")


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (b"", ["JPEG", "PNG"]),
        (b"GIF89a" + bytes(100), ["JPEG", "PNG"]),
        (picture()[:200], ["frame"]),
        (picture()[:-300], ["frame"]),
        (encoded(Image.new("L", (1000, 1010))), ["1000", "1010", "1,000,000"]),
        (bomb(), ["1,000,000"]),
        (bytes(1_000_001), ["1,000,001", "1,000,000"]),
    ],
    ids=["empty", "gif", "head", "cut", "pixels", "bomb", "bytes"],
)
def test_a_frame_that_is_refused_gets_a_sentence_and_the_socket_lives_on(connected, content, facts):
    told = ask(connected, content, "tiny_pets", ident=5).header
    assert told["id"] == 5
    assert mentions(told["error"], *facts)
    assert "\n" not in told["error"]
    assert ask(connected, picture(), "tiny_pets", ident=6).labels["tiny_pets"].size > 0


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\1",
        b"\xff\xff\xff\xff{}",
        b"\2\0\0\0{}",
        b"\4\0\0\0null",
        b"\4\0\0\0\xff\xff\xff\xff",
        (40_000).to_bytes(4, "little") + b"[" * 40_000,
        (9_000).to_bytes(4, "little") + b"[" * 9_000,
        frame(b"", "x").replace(b'"id": 1', b'"id": x'),
    ],
)
def test_a_message_that_is_no_frame_gets_a_sentence(connected, message):
    connected.send(message)
    assert read(connected).header["error"]
    connected.send(b"words", visiting.TEXT)
    assert read(connected).header["error"]
    assert ask(connected, picture(), "tiny_pets").labels


def test_a_model_that_is_not_here_is_named_and_the_others_answer(connected):
    answer = ask(connected, picture(), "nobody", "tiny_pets")
    assert mentions(answer.header["models"][0]["error"], "nobody")
    assert list(answer.labels) == ["tiny_pets"]


def test_only_a_page_of_this_server_may_connect_while_its_session_lives(small):
    with visit(small, "tiny_pets") as one, visit(small, "tiny_pets") as other:
        for headers in [
            {"Cookie": other.cookie},
            {"Cookie": "_streamlit_xsrf=2|00000000|00|1"},
            {"Cookie": "a=b"},
            {"Origin": "http://203.0.113.9"},
            {"Host": "rebound.example", "Origin": "http://rebound.example"},
        ]:
            with pytest.raises(RefusedError):
                one.connect(**headers)
        with pytest.raises(RefusedError):
            Socket(small, one.path[:-1], Cookie=one.cookie, Origin=small)
        socket = one.connect()
        assert ask(socket, picture(), "tiny_pets").labels
    assert read(socket).closed == 1008, "also while it sends nothing"
    wait_for(None, lambda: connects(one))
    socket.close()


def connects(visitor):
    """Connect and return the socket, or None if it is refused."""
    try:
        return visitor.connect()
    except RefusedError:
        return None


def answered(visitor, content):
    with visitor.connect() as socket:
        return ask(socket, content, "tiny_pets")


def test_visitors_get_their_own_answers_only(small):
    pictures = [picture(seed) for seed in (1, 2)]
    with visit(small, "tiny_pets") as one, visit(small, "tiny_pets") as other:
        alone = [answered(visitor, content) for visitor, content in zip((one, other), pictures, strict=True)]
        assert not (alone[0].labels["tiny_pets"] == alone[1].labels["tiny_pets"]).all()
        results = {}

        def stream(visitor, index):
            with visitor.connect() as socket:
                results[index] = [
                    ask(socket, pictures[index], "tiny_pets", ident=10 * index + step) for step in range(8)
                ]

        threads = [threading.Thread(target=stream, args=pair) for pair in ((one, 0), (other, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    for index in (0, 1):
        assert [answer.header["id"] for answer in results[index]] == list(range(10 * index, 10 * index + 8))
        for answer in results[index]:
            assert (answer.labels["tiny_pets"] == alone[index].labels["tiny_pets"]).all()


def is_served(visitor):
    """Return whether a visitor gets a place, which is given back at once."""
    with visitor.connect() as socket:
        socket.send(frame(picture(), "tiny_pets"))
        return "refused" not in read(socket).header


def test_a_visitor_too_many_is_told_so_and_gets_the_place_of_one_who_leaves(small):
    with visit(small, "tiny_pets") as one, visit(small, "tiny_pets") as two, visit(small, "tiny_pets") as three:
        with one.connect() as first, two.connect() as second, three.connect() as third:
            assert ask(first, picture(), "tiny_pets").labels
            assert ask(second, picture(), "tiny_pets").labels
            assert mentions(read(third).header["refused"], 2)
            assert third.receive()[0] == CLOSE
            with one.connect() as again:  # another page of the same browser
                assert ask(again, picture(), "tiny_pets").labels
        wait_until(lambda: is_served(three))


def test_a_page_that_sends_nothing_gives_its_place_back(small):
    with visit(small, "tiny_pets") as one, visit(small, "tiny_pets") as two, visit(small, "tiny_pets") as three:
        with one.connect() as first, two.connect() as second:
            assert ask(first, picture(), "tiny_pets").labels
            assert ask(second, picture(), "tiny_pets").labels
            assert read(first).closed == 1000
            wait_until(lambda: is_served(three))
        assert is_served(one)
