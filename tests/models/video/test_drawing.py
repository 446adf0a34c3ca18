import numpy as np
import pytest

from data.label_maps import overlay
from data.label_space import LabelSpace
from models.video.drawing import Comparison

STREET = LabelSpace(("road", "car", "void"), ("#804080", "#00008e", "#000000"), void=2)
PETS = LabelSpace(("pet", "background"), ("#0072b2", "#f0e442"))
MANY = LabelSpace(tuple(f"class {index}" for index in range(40)), tuple(f"#{index:02x}4080" for index in range(40)))


def count(picture, colour: str) -> int:
    rgb = list(bytes.fromhex(colour[1:]))
    return int((picture == rgb).all(axis=2).sum())


@pytest.mark.parametrize("frame", [(180, 320), (1080, 1920), (1280, 720), (63, 95), (1, 1), (20, 2000), (2000, 20)])
@pytest.mark.parametrize("spaces", [(STREET,), (STREET, PETS), (PETS, PETS, PETS), (STREET, PETS, MANY, MANY, PETS)])
def test_pictures_of_any_size_have_even_sides_and_hold_every_panel(frame, spaces):
    names = [f"model {index}" for index in range(len(spaces))]
    comparison = Comparison(frame, names, spaces, 1920)
    labels = [np.zeros(frame, np.uint8) for _ in spaces]
    picture = comparison.draw(np.full((*frame, 3), 90, np.uint8), labels, 1.0)
    assert picture.shape == (*comparison.size, 3)
    assert comparison.size[0] % 2 == comparison.size[1] % 2 == 0
    assert 320 <= comparison.size[1] <= 1920
    height, width = comparison.panel
    for space in set(spaces):
        assert count(picture, space.colours[0]) >= height * width * spaces.count(space)


def test_a_panel_is_the_overlay_of_the_frame():
    rng = np.random.default_rng(0)
    image, labels = rng.integers(0, 256, (180, 320, 3), np.uint8), rng.integers(0, 3, (180, 320), np.uint8)
    picture = Comparison((180, 320), ["a"], [STREET], 1920).draw(image, [labels], 0.6)
    expected = overlay(image, labels, STREET, 0.6)
    rows = [top for top in range(len(picture) - 179) if (picture[top : top + 180, :320] == expected).all()]
    assert len(rows) == 1


@pytest.mark.parametrize("frame", [(720, 1280), (1080, 1920), (1440, 2560), (1623, 2883), (2160, 3840), (722, 2882)])
def test_a_smaller_panel_skips_no_pixel_of_the_frame(frame):
    comparison = Comparison(frame, list("abc"), [PETS] * 3, 1920)
    assert comparison.panel[0] < frame[0]
    image = np.random.default_rng(0).choice(np.array([0, 255], np.uint8), (*frame, 1)).repeat(3, axis=2)
    picture = comparison.draw(image, [np.zeros(frame, np.uint8)] * 3, 0)
    (top, left), (height, width) = comparison._places[0], comparison.panel
    shown, pixels = picture[top : top + height, left : left + width, 0], frame[0] * frame[1] / (height * width)
    assert shown.mean() == pytest.approx(127.5, abs=2)
    assert shown.std() < 1.4 * 127.5 / pixels**0.5, "as if each pixel were the mean of those it stands for"


def test_the_legend_has_every_class_that_can_be_predicted():
    for spaces, panels in [((STREET,), 0), ((MANY, MANY), 0), ((STREET, MANY), 0)]:
        comparison = Comparison((180, 320), list("ab")[: len(spaces)], spaces, 1920)
        picture = comparison.draw(
            np.zeros((180, 320, 3), np.uint8), [np.full((180, 320), 1, np.uint8)] * len(spaces), 0
        )
        for space in spaces:
            for index in space.scored:
                assert count(picture, space.colours[index]) >= 80, (space.names[index], panels)
    assert count(picture, STREET.colours[1]) < 2000, "with no opacity, colours are in the legend only"


def test_a_place_to_spare_shows_the_frame():
    image = np.random.default_rng(0).integers(0, 256, (180, 320, 3), np.uint8)
    labels = [np.zeros((180, 320), np.uint8)] * 3
    picture = Comparison((180, 320), list("abc"), [PETS] * 3, 1920).draw(image, labels, 1.0)
    assert any((picture[top : top + 180, 320:640] == image).all() for top in range(len(picture) - 179))


def test_names_are_drawn_and_long_ones_cut():
    short = Comparison((180, 320), ["a"], [PETS], 1920)
    plain = short.draw(np.zeros((180, 320, 3), np.uint8), [np.zeros((180, 320), np.uint8)], 0)
    long = Comparison((180, 320), ["w" * 400], [PETS], 1920)
    cut = long.draw(np.zeros((180, 320, 3), np.uint8), [np.zeros((180, 320), np.uint8)], 0)
    assert short.size == long.size
    white = [int((picture[:20].min(axis=2) > 200).sum()) for picture in (plain, cut)]
    assert 0 < white[0] < white[1]
