import pytest

from data import datasets
from data.class_codes import class_ids, known_colours, official_colours, own_colours, voc_colour
from data.label_space import IGNORE, LabelSpace


def space_of(*names: str, void: int | None = None) -> LabelSpace:
    return LabelSpace(names, tuple(f"#{index + 1:06x}" for index in range(len(names))), void=void)


SPACE = space_of("a", "b", "nothing", void=2)


def test_ids_and_own_colours_with_void():
    assert class_ids(SPACE) == {0: 0, 1: 1, 2: IGNORE, 255: IGNORE}
    assert own_colours(SPACE) == {1: 0, 2: 1, 3: IGNORE}
    assert known_colours(SPACE) == {1, 2, 3}, "no class here has an official colour"


@pytest.mark.parametrize(
    ("index", "colour"),
    [(0, 0x000000), (1, 0x800000), (8, 0x400000), (15, 0xC08080), (20, 0x004080), (255, 0xE0E0C0)],
)
def test_the_colour_map_of_voc(index, colour):
    assert voc_colour(index) == colour


def test_every_class_of_the_own_datasets_has_official_colours():
    voc, camvid = (datasets.get(name).label_space for name in ("voc2012", "camvid"))
    assert set(official_colours(voc)["PASCAL VOC"].values()) == {*voc.scored, IGNORE}
    assert set(official_colours(camvid)["CamVid"].values()) == {*camvid.scored, IGNORE}
    assert official_colours(camvid)["CamVid"][0x40C000] == camvid.id_of("building"), (
        "SegNet merges walls into buildings"
    )
    assert official_colours(datasets.get("oxford_iiit_pet").label_space) == {}


CITYSCAPES = [
    "road",
    "sidewalk",
    "building",
    "wall",
    "fence",
    "pole",
    "traffic light",
    "traffic sign",
    "vegetation",
    "terrain",
    "sky",
    "person",
    "rider",
    "car",
    "truck",
    "bus",
    "train",
    "motorcycle",
    "bicycle",
]


@pytest.mark.parametrize("write", [str.title, lambda name: name.replace(" ", "_"), lambda name: name.replace(" ", "-")])
def test_names_are_compared_as_words(write):
    found = official_colours(space_of(*map(write, CITYSCAPES)))["Cityscapes"]
    assert sorted(set(found.values()) - {IGNORE}) == list(range(19))
    assert found[0x770B20] == 18
    assert found[0xFAAAA0] == IGNORE, "parking is not scored"


def test_a_class_that_a_dataset_merges_is_taken_by_its_own_name_first():
    found = official_colours(space_of("building", "wall", "car"))["CamVid"]
    assert (found[0x40C000], found[0x400040], found[0xC04080]) == (1, 0, 2)
