"""The player in a real Chromium, whose fake camera shows a clip made by code."""

import contextlib
import json
import re
import shutil

import numpy as np
import pytest

from data import decode
from models.inference.predictor import RunPredictor
from models.runs.run import Run
from tests.facts import mentions
from tests.models import familiar
from tests.pages.app import png
from tests.pages.conftest import serving, wait_for, wait_until, window
from tests.pages.server.test_server_in_browser import another_server, complaints
from tests.pages.server.visiting import unpacked
from tests.pages.video import clips
from tools import dashboard
from tools.dashboard import at_rest, place

pytestmark = pytest.mark.browser

BOTH = "/Video?models=tiny_pets,tiny_street"
WATCH_CAMERA = """() => {
  window.tracks = [];
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    window.asked = wanted.video.facingMode;
    const stream = await ask(wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}"""
MASK = """(canvas) => {
  const { width, height } = canvas;
  const id = Number(canvas.closest(".player").dataset.answered);
  return { id, width, height, pixels: [...canvas.getContext("2d").getImageData(0, 0, width, height).data] };
}"""

GREY = "frame => frame.getContext('2d').getImageData(frame.width / 2, frame.height / 12, 1, 1).data[1]"


@pytest.fixture(scope="module")
def address(runs_folder, tmp_path_factory):
    """Serve a dashboard for two live visitors, with frames of one megapixel at most and a patience of ten seconds."""
    limits = {"SEGDECK_LIVE_VISITORS": "2", "SEGDECK_LIVE_MEGAPIXELS": "1", "SEGDECK_TEST_IDLE": "10"}
    with serving(runs_folder, tmp_path_factory.mktemp("server"), environment=limits) as server:
        yield server.address


@pytest.fixture(scope="module")
def with_camera(browser, tmp_path_factory):
    """Start a Chromium whose camera is a clip."""
    clip = clips.motion_jpeg(tmp_path_factory.mktemp("camera") / "camera.mjpeg")
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
    other = dashboard.launch(browser.browser_type, *flags)
    yield other
    other.close()


@pytest.fixture(scope="module")
def predictors(runs_folder):
    return {name: RunPredictor.load(Run(runs_folder / name, published=False)) for name in ("tiny_pets", "tiny_street")}


class Traffic:
    """The frames that a page sent, by their number, and the answers that it got."""

    def __init__(self, page):
        self.sent, self.answers, self.exact = {}, {}, {}
        self.told, self.addresses, self.closed = [], [], []
        page.on("websocket", self.watch)

    def watch(self, socket):
        if "/live/" in socket.url:
            self.addresses.append(socket.url)
            socket.on("close", lambda _: self.closed.append(socket.url))
            socket.on("framesent", self.note_sent)
            socket.on("framereceived", self.note_received)

    def note_sent(self, content):
        end = 4 + int.from_bytes(content[:4], "little")
        header = json.loads(content[4:end])
        self.sent[header["id"]], self.exact[header["id"]] = content[end:], header["exact"]

    def note_received(self, content):
        if isinstance(content, str):
            self.told.append(content)
        else:
            answer = unpacked(content)
            self.answers[answer.header["id"]] = answer.labels

    def complete(self, models):
        """Return the numbers of the frames that all models have answered."""
        return [ident for ident, labels in self.answers.items() if len(labels) == models and ident in self.sent]


@contextlib.contextmanager
def video_page(browser, address, path=BOTH, **options):
    with window(browser, **options) as page:
        page.add_init_script(f"({WATCH_CAMERA})()")
        page.traffic = Traffic(page)  # type: ignore[attr-defined]
        page.goto(address + path)
        page.locator(".player").wait_for()
        at_rest(page)
        yield page


@pytest.fixture
def page(with_camera, address):
    with video_page(with_camera, address, permissions=["camera"]) as page:
        yield page


def start(page, frames=3, models=2):
    page.get_by_role("button", name="Start the camera").click()
    wait_until(lambda: page.wait_for_timeout(50) or len(page.traffic.complete(models)) >= frames)


def pumped(page, done):
    """Return a condition that lets the page's events arrive first."""

    def look():
        page.wait_for_timeout(50)
        return done()

    return look


def states(page):
    return page.evaluate("window.tracks.map((track) => track.readyState)")


def check_answers(traffic, predictors, models=("tiny_pets", "tiny_street")):
    """Compare all label maps with those that the predictors give for the frames that were sent."""
    idents = traffic.complete(len(models))
    assert idents
    for ident in idents[-5:]:
        pixels = decode.decode(traffic.sent[ident], "frame")
        for name in models:
            found, predictor = traffic.answers[ident][name], predictors[name]
            if traffic.exact[ident]:
                expected = predictor.predict(pixels).labels
            else:
                scores, box = predictor.network_scores(pixels)
                ids = np.array(predictor.label_space.scored)
                expected = ids[scores[box.window][..., ids].argmax(axis=2)]
            assert (found == expected).all()


def test_frames_are_answered_and_painted_for_all_models(page, predictors):
    found = complaints(page)
    start(page, 5)
    assert found == []
    check_answers(page.traffic, predictors)
    frames = [decode.decode(file, "frame") for file in page.traffic.sent.values()]
    assert len({clips.number_of(frame) for frame in frames}) > 1, "the frames move on"
    assert {frame.shape for frame in frames} == {(120, 160, 3)}, "half of the camera's size is enough for these"
    for index, name in enumerate(predictors):
        mask = page.locator(".panel .mask").nth(index)
        found = mask.evaluate(MASK)
        labels = page.traffic.answers[found["id"]][name]
        palette = predictors[name].label_space.palette()
        pixels = np.array(found["pixels"], np.uint8).reshape(found["height"], found["width"], 4)
        assert labels.shape == pixels.shape[:2]
        assert (pixels[..., :3] == palette[labels]).all()
        assert (pixels[..., 3] == 255).all()
        meta = page.locator(".panel .meta").nth(index + 1)
        meta.filter(has_text=re.compile(r"^\d+\.\d frames/s · delay \d+ ms · model \d+ ms$")).wait_for()
    shares = page.locator(".panel").nth(1).locator(".share").all_inner_texts()
    assert sum(float(share.removesuffix(" %")) for share in shares) == pytest.approx(100, abs=1)


def test_only_one_frame_is_on_its_way(page):
    start(page, 8)
    idents = list(page.traffic.sent)
    assert idents == sorted(idents)
    assert len(page.traffic.sent) - len(page.traffic.answers) <= 1


def test_stop_releases_the_camera(page):
    start(page, 1)
    assert states(page) == ["live"]
    page.get_by_role("button", name="Stop").click()
    assert states(page) == ["ended"]
    assert page.locator(".player[data-state=idle] .mask").count() == 0
    at_rest(page)
    count = len(page.traffic.sent)
    page.get_by_role("button", name="Start the camera").click()
    wait_until(pumped(page, lambda: len(page.traffic.sent) > count + 1))
    assert states(page) == ["ended", "live"]


def test_leaving_the_page_releases_the_camera(page):
    start(page, 1)
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Models", exact=True).wait_for()
    wait_for(["ended"], lambda: states(page))
    at_rest(page)
    count = len(page.traffic.sent)
    page.wait_for_timeout(300)
    assert len(page.traffic.sent) == count


def test_a_change_of_models_goes_on_with_the_same_camera(page, predictors):
    start(page, 1)
    page.get_by_role("button", name="tiny_street").click()
    at_rest(page)
    wait_until(pumped(page, lambda: len(page.traffic.complete(1)) > 2))
    assert page.locator(".panel").count() == 2
    check_answers(page.traffic, predictors, ["tiny_pets"])
    assert states(page) == ["live"]


def test_two_visitors_get_their_own_answers_and_a_third_is_told(with_camera, address, predictors):
    allowed = {"permissions": ["camera"]}
    with (
        video_page(with_camera, address, **allowed) as one,
        video_page(with_camera, address, **allowed) as two,
        video_page(with_camera, address, **allowed) as three,
    ):
        start(one)
        start(two)
        three.get_by_role("button", name="Start the camera").click()
        problem = three.locator(".problem")
        problem.wait_for()
        assert mentions(problem.inner_text(), 2)
        assert states(three) == ["ended"]
        for page in (one, two):
            count = len(page.traffic.answers)
            wait_until(pumped(page, lambda page=page, count=count: len(page.traffic.answers) > count + 2))
            check_answers(page.traffic, predictors)


def test_a_page_of_another_server_cannot_connect_in_the_same_browser(page):
    start(page, 1)
    opened = """(address) => new Promise((done) => {
      const socket = new WebSocket(address);
      socket.onopen = () => done("opened");
      socket.onerror = () => done("refused");
    })"""
    assert page.evaluate(opened, page.traffic.addresses[0]) == "opened"
    with another_server("<p>other</p>") as other:
        foreign = page.context.new_page()
        foreign.goto(other)
        assert foreign.evaluate(opened, page.traffic.addresses[0]) == "refused"


def test_a_camera_that_is_blocked_is_explained(with_camera, address):
    with video_page(with_camera, address) as page:
        page.get_by_role("button", name="Start the camera").click()
        page.locator(".problem").wait_for()
        assert mentions(page.locator(".problem").inner_text(), "camera", "blocked")
        assert page.locator(".player").get_attribute("data-state") == "failed"
        assert page.get_by_role("button", name="Start the camera").is_visible()


def test_on_a_phone_the_side_can_be_chosen_and_all_fits(with_camera, address):
    phone = {"is_mobile": True, "has_touch": True, "width": 390, "height": 844, "permissions": ["camera"]}
    with video_page(with_camera, address, **phone) as page:
        start(page, 1)
        assert page.evaluate("window.asked") == {"ideal": "user"}
        page.get_by_role("radio", name="Back").check(force=True)
        wait_until(pumped(page, lambda: states(page) == ["ended", "live"]))
        assert page.evaluate("window.asked") == {"ideal": "environment"}
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def colours(mask):
    return {tuple(pixel) for pixel in np.array(mask.evaluate(MASK)["pixels"]).reshape(-1, 4).tolist()}


def test_the_look_follows_its_controls(page):
    start(page, 1)
    player, mask = page.locator(".player"), page.locator(".panel .mask").first
    page.get_by_role("slider", name="Opacity of the masks").fill("20")
    assert float(mask.evaluate("mask => getComputedStyle(mask).opacity")) == pytest.approx(0.2)
    only = page.locator(".panel").nth(1).locator(".only").first
    only.click()
    assert only.inner_text() == "All"
    wait_until(lambda: len(colours(mask)) <= 2)
    only.click()
    page.mouse.move(*place(page.locator(".panel .frame").first, 0.5, 0.5))
    readouts = page.locator(".readout:visible")
    wait_for(2, readouts.count)
    page.get_by_role("checkbox", name="Swipe").check(force=True)
    divider = page.get_by_role("slider", name="Divider").first
    divider.press("End")
    assert "100%" in mask.evaluate("mask => getComputedStyle(mask).clipPath")
    assert page.get_by_role("slider", name="Divider").nth(1).get_attribute("aria-valuenow") == "100"
    page.get_by_role("radio", name="Mask only").check(force=True)
    assert player.get_attribute("data-mode") == "mask"


def open_clip(page, path):
    page.get_by_role("radio", name="Video file").check(force=True)
    page.locator(".player input[type=file]").set_input_files(path)


def exact_frames(page):
    return {ident: file for ident, file in page.traffic.sent.items() if page.traffic.exact[ident]}


def last_still(page):
    """Return the last frame that was asked for as it is and answered by both models, or None."""
    idents = [ident for ident in page.traffic.complete(2) if page.traffic.exact[ident]]
    return decode.decode(page.traffic.sent[idents[-1]], "frame") if idents else None


def shows(page, number):
    still = last_still(page)
    return still is not None and clips.number_of(still) == number


def test_a_file_is_played_and_a_pause_shows_the_exact_frame(page, predictors, tmp_path):
    open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
    wait_until(pumped(page, lambda: shows(page, 0)))
    assert last_still(page).shape == (240, 320, 3)
    page.get_by_role("button", name="Play").click()
    wait_until(pumped(page, lambda: len(page.traffic.complete(2)) > 3))
    page.get_by_role("button", name=re.compile("Pause|Play")).click()
    wait_until(pumped(page, lambda: last_still(page) is not None and clips.number_of(last_still(page)) > 0))
    check_answers(page.traffic, predictors)
    ident = max(exact_frames(page))
    assert page.traffic.sent[ident].startswith(b"\x89PNG")
    mask = page.locator(".panel .mask").first
    wait_until(pumped(page, lambda: mask.evaluate("mask => [mask.width, mask.height]") == [320, 240]))
    assert states(page) == []


def test_the_slider_moves_all_models_in_step(page, predictors, tmp_path):
    open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
    wait_until(pumped(page, lambda: shows(page, 0)))
    slider = page.get_by_role("slider", name="Position in the video")
    for number in (20, 5):
        slider.fill(str((number + 0.5) / clips.FPS))
        wait_until(pumped(page, lambda number=number: shows(page, number)))
        check_answers(page.traffic, predictors)
        wait_for([number, number], lambda: [round(frame.evaluate(GREY) / 8) for frame in page.locator(".frame").all()])


def test_a_still_that_was_looked_at_for_long_is_followed_by_others(page, tmp_path):
    open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
    wait_until(pumped(page, lambda: shows(page, 0)))
    wait_until(pumped(page, lambda: page.traffic.closed))
    assert not page.locator(".problem").is_visible()
    page.get_by_role("slider", name="Position in the video").fill("2.05")
    wait_until(pumped(page, lambda: shows(page, 20)))


def test_a_still_is_shown_for_models_that_are_chosen_later(with_camera, address, tmp_path):
    with video_page(with_camera, address, "/Video?models=tiny_pets") as page:
        open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
        wait_until(pumped(page, lambda: page.traffic.complete(1)))
        page.get_by_role("combobox", name="Models").fill("tiny_street")
        page.get_by_role("option", name="tiny_street").click()
        wait_until(pumped(page, lambda: shows(page, 0)))


def test_a_frame_beyond_the_limit_is_made_smaller(page, tmp_path):
    open_clip(page, clips.video(tmp_path / "large.webm", "VP80", 1400, 800))
    wait_until(pumped(page, lambda: last_still(page) is not None))
    height, width = last_still(page).shape[:2]
    assert 900_000 < height * width <= 1_000_000
    assert width / height == pytest.approx(1.75, abs=0.01)
    assert page.traffic.told == []


@pytest.mark.parametrize("name", ["mpeg4.mp4", "words.webm"])
def test_a_file_that_the_browser_cannot_play_is_explained(page, tmp_path, name):
    path = tmp_path / name
    if name == "mpeg4.mp4":
        clips.video(path, "mp4v")
    else:
        path.write_bytes(png(1))
    open_clip(page, path)
    problem = page.locator(".problem")
    problem.wait_for()
    assert mentions(problem.inner_text(), name, "H.264", "WebM")
    assert page.traffic.sent == {}


def test_a_model_says_that_the_camera_shows_what_it_was_not_trained_on(with_camera, runs_folder, tmp_path):
    for name, threshold in [("strict", -1000.0), ("lenient", 1000.0)]:
        run = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "runs" / name), published=False)
        familiar.write(run, threshold=threshold)
    shutil.copytree(runs_folder / "tiny_street", tmp_path / "runs" / "silent")
    models = "/Video?models=strict,lenient,silent"
    with (
        serving(tmp_path / "runs", tmp_path) as server,
        video_page(with_camera, server.address, models, permissions=["camera"]) as page,
    ):
        start(page, frames=12, models=3)
        page.locator(".panel", has_text="strict").locator(".verdict").wait_for()
        assert page.locator(".verdict").count() == 3
        assert page.locator(".verdict:visible").count() == 1
        page.get_by_role("button", name="Stop").click()
        page.locator(".verdict:visible").first.wait_for(state="hidden")


def test_with_a_clip_open_there_is_no_choice_of_side_and_no_camera(with_camera, address, tmp_path):
    phone = {"is_mobile": True, "has_touch": True, "width": 390, "height": 844, "permissions": ["camera"]}
    with video_page(with_camera, address, **phone) as page:
        start(page, 1)
        sides = page.locator(".facing")
        sides.wait_for()
        open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
        wait_until(pumped(page, lambda: shows(page, 0)))
        assert sides.is_hidden()
        before = states(page)
        page.locator("[name=facing][value=environment]").evaluate("one => one.click()")
        page.wait_for_timeout(500)
        assert states(page) == before == ["ended"]
        assert page.locator(".panel.original strong").inner_text() == "clip.webm"


def test_the_slider_goes_with_a_clip_that_is_played_right_after_it_was_moved(page, tmp_path):
    open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
    wait_until(pumped(page, lambda: shows(page, 0)))
    slider = page.get_by_role("slider", name="Position in the video")
    slider.evaluate(
        """slider => {
          slider.value = 0.2;
          slider.dispatchEvent(new Event("input"));
          slider.getRootNode().querySelector(".play").click();
        }"""
    )
    wait_until(pumped(page, lambda: float(slider.input_value()) > 0.6))


def test_a_camera_that_is_allowed_too_late_does_not_touch_the_clip(with_camera, address, tmp_path):
    hold = """() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const allowed = new Promise((done) => (window.allow = done));
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        await allowed;
        return ask(wanted);
      };
    }"""
    with video_page(with_camera, address, permissions=["camera"]) as page:
        page.evaluate(hold)
        page.get_by_role("button", name="Start the camera").click()
        open_clip(page, clips.video(tmp_path / "clip.webm", "VP80"))
        wait_until(pumped(page, lambda: shows(page, 0)))
        slider = page.get_by_role("slider", name="Position in the video")
        slider.fill(str(20.5 / clips.FPS))
        wait_until(pumped(page, lambda: shows(page, 20)))
        page.evaluate("window.allow()")
        wait_until(pumped(page, lambda: states(page) == ["ended"]))
        page.wait_for_timeout(300)
        assert page.locator(".panel.original video").evaluate("video => video.currentTime") > 0.5
