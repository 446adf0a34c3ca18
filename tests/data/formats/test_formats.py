"""Every format is recognised and read as the program that writes it means it."""

import numpy as np
import pytest

from configs.errors import UserError
from data import formats, polygons
from data.added import adding, looking
from data.formats.shared.tree import scan
from tests.data.formats import making
from tests.data.formats.making import MAKERS, SIZE


def test_every_format_is_tested():
    assert sorted(MAKERS) == list(formats.names())


def names_of(dataset, pair) -> np.ndarray:
    """Return the class name of each pixel."""
    return np.array(dataset.label_space.names)[dataset.read_mask(pair, SIZE)]


@pytest.mark.parametrize("name", formats.names())
def test_a_folder_is_recognised_and_read(name, tmp_path, own_data):
    folder = tmp_path / "source"
    made = MAKERS[name](folder)
    assert formats.detect(scan(folder)) == name
    findings = looking.look(folder, "mine", classes=None)
    assert findings.problems == []
    assert findings.format == name
    adding.save(findings)
    from data import datasets

    dataset = datasets.get("mine")
    assert dataset.label_space.names == made.classes
    assert dataset.label_space.void == (None if made.void is None else made.classes.index(made.void))
    splits = dataset.pairs(folder)
    if "" in made.splits:  # divided by a hash: here only what each picture holds
        assert {pair.id for members in splits.values() for pair in members} == set(made.splits[""])
        made.splits = {
            split: {pair.id: made.splits[""][pair.id] for pair in members} for split, members in splits.items()
        }
    assert {split: [pair.id for pair in members] for split, members in splits.items()} == {
        split: sorted(members) for split, members in made.splits.items()
    }
    for split, members in splits.items():
        for pair in members:
            np.testing.assert_array_equal(names_of(dataset, pair), made.splits[split][pair.id])
            assert pair.image.is_file()
            assert all(path.is_file() for path in (pair.annotation, *pair.support))
    total = sum(findings.survey.pixels.values())
    assert total == SIZE[0] * SIZE[1] * sum(map(len, splits.values()))


@pytest.mark.parametrize("name", formats.names())
def test_an_empty_folder_is_refused_by_every_format(name, tmp_path):
    (tmp_path / "empty").mkdir()
    tree = scan(tmp_path / "empty")
    assert not formats.get(name).detect(tree)
    with pytest.raises(UserError, match="empty"):
        formats.get(name).listing(tree)


def test_a_folder_in_no_format_is_named(tmp_path):
    making.image(tmp_path / "only" / "a.jpg")
    with pytest.raises(UserError, match=r"only.*images/"):
        formats.detect(scan(tmp_path / "only"))


def test_an_ambiguous_folder_asks_for_the_format(tmp_path):
    making.make_voc(tmp_path)
    making.make_labelme(tmp_path)
    with pytest.raises(UserError, match=r"labelme or voc.*--format"):
        formats.detect(scan(tmp_path))


def test_an_unknown_format_is_named():
    with pytest.raises(UserError, match=r"'pascal'.*labelme"):
        formats.get("pascal")


def test_yolo_outlines_are_those_of_the_grocery_dataset(tmp_path):
    making.make_yolo(tmp_path)
    reader, tree = formats.get("yolo"), scan(tmp_path)
    listing = reader.listing(tree)
    pair = listing.splits["val"][0]
    labels = reader.read(pair, SIZE, reader.class_table(tree, listing))
    np.testing.assert_array_equal(labels.codes, polygons.draw(polygons.read(pair.annotation, 2), SIZE))
