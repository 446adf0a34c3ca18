"""Adding and removing, as the command lines and the Datasets page do."""

import numpy as np
import pytest

from configs import schema
from configs.errors import UserError
from data import content, datasets, store
from data.added import adding, looking, report, training_config
from data.locks import claimed
from tests.data.conftest import write
from tests.data.formats import making
from tests.data.formats.making import MAKERS
from tests.facts import facts


@pytest.fixture
def source(tmp_path):
    making.make_folder(tmp_path / "source")
    return tmp_path / "source"


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_small_files_are_written_and_nothing_is_copied(source, own_data):
    before = files(source)
    findings = looking.look(source, "mine")
    assert files(own_data) == {}, "looking writes nothing"
    path, config = adding.save(findings)
    assert sorted(files(own_data)) == ["mine/dataset.yaml", "mine/unet.yaml"]
    assert (path, config) == (own_data / "mine" / "dataset.yaml", own_data / "mine" / "unet.yaml")
    assert files(source) == before
    assert str(source) in path.read_text()
    assert datasets.names() == (*datasets.built_in(), "mine")


def test_the_template_is_a_config_for_the_dataset(source, own_data):
    _, config = adding.save(looking.look(source, "mine"))
    experiment = schema.load(config)
    assert (experiment.data.dataset, experiment.evaluate.split) == ("mine", "val")


@pytest.mark.parametrize("name", MAKERS)
def test_an_added_dataset_is_built_and_read_like_the_others(name, tmp_path, own_data, own_cache):
    made = MAKERS[name](tmp_path / "source")
    adding.save(looking.look(tmp_path / "source", "mine"))
    splits = store.open_all("mine", own_data)
    for split, samples in splits.items():
        labels = made.splits.get(split) or made.splits[""]
        for sample in samples:
            names = np.array(samples.label_space.names)[sample.mask]
            np.testing.assert_array_equal(names, labels[sample.id])
        assert samples.class_pixels().sum() == sum(sample.mask.size for sample in samples)
    assert store.open_all("mine", own_data, build=False).keys() == splits.keys()


def test_a_changed_description_is_built_again(source, own_data, own_cache):
    path, _ = adding.save(looking.look(source, "mine"))
    first = store.open_split("mine", "val", own_data)
    text = path.read_text()
    path.write_text(
        text.replace("values:\n  - 1\n", "values:\n  - two\n").replace("- 2\n", "- 1\n").replace("- two", "- 2")
    )
    second = store.open_split("mine", "val", own_data)
    cat, dog = (first.label_space.id_of(name) for name in ("cat", "dog"))
    np.testing.assert_array_equal(first[0].mask == cat, second[0].mask == dog)
    assert (first[0].mask == cat).any()


def test_a_changed_support_file_changes_the_key(tmp_path, own_data):
    making.make_coco_panoptic(tmp_path / "source")
    adding.save(looking.look(tmp_path / "source", "mine"))
    dataset = datasets.get("mine")
    splits = store.find_pairs(dataset, own_data)
    paths = {path for members in splits.values() for pair in members for path in content.files_of(pair)}
    hashes = {path: str(path) for path in paths}
    key = content.content_key(dataset, splits, hashes)
    changed = hashes | {path: "other" for path in paths if path.suffix == ".json"}
    assert len(changed) == len(hashes)
    assert content.content_key(dataset, splits, changed) != key


def test_everything_wrong_is_listed_at_once_and_nothing_is_written(source, own_data):
    for name in ("train/x", "train/y", "val/z"):
        making.image(source / "images" / f"{name}.jpg")
    making.grey(source / "masks" / "val" / "alone.png", np.zeros((2, 2)))
    making.grey(source / "masks" / "train" / "a_mask.png", np.zeros((3, 3)))
    write("broken", source / "masks" / "val" / "c_mask.png")
    findings = looking.look(source, "mine")
    assert sorted(findings.listing.without_mask) == ["images/train/x", "images/train/y", "images/val/z"]
    assert findings.listing.without_picture == ["masks/val/alone"]
    assert len(findings.problems) == 2
    text = "\n".join(report.lines(findings))
    for word in ("images/train/y", "masks/val/alone", "a_mask.png", "3x3", "c_mask.png", "2 train, 1 val"):
        assert word in text
    with pytest.raises(UserError, match=r"a_mask\.png"):
        adding.save(findings)
    assert files(own_data) == {}


def test_the_report_names_classes_with_their_shares(source, own_data):
    text = "\n".join(report.lines(looking.look(source, "mine")))
    total = sum(making.SCENES[name].size for name in "abc")
    cats = sum((making.SCENES[name] == "cat").sum() for name in "abc")
    (line,) = [line for line in text.splitlines() if " cat " in line]
    assert f"{cats / total:.2%}" in line
    assert "24x16 (3)" in text
    assert "classes.txt" in text


def test_a_sample_is_bounded_and_says_so(tmp_path, own_data, monkeypatch):
    for number in range(30):
        making.image(tmp_path / "source" / "images" / f"{number}.jpg")
        making.grey(tmp_path / "source" / "masks" / f"{number}.png", np.where(making.DOG == "dog", 255, 0))
    monkeypatch.setattr("data.added.survey.SAMPLE", 7)
    findings = looking.look(tmp_path / "source", "mine")
    assert findings.survey.masks == 7
    assert "7 masks" in "\n".join(report.lines(findings))


@pytest.mark.parametrize("name", ["camvid", "voc2012"])
def test_a_built_in_name_is_refused(source, own_data, name):
    with pytest.raises(UserError, match=f"{name}.*comes with SegDeck"):
        looking.look(source, name)


@pytest.mark.parametrize("name", ["My Data", "", "a/b", "../x", "_x", "é"])
def test_a_name_that_no_config_could_hold_is_refused(source, own_data, name):
    with pytest.raises(UserError, match="street_2"):
        looking.look(source, name)


def test_a_name_is_used_once(source, own_data):
    findings = looking.look(source, "mine")
    adding.save(findings)
    for act in (lambda: looking.look(source, "mine"), lambda: adding.save(findings)):
        with pytest.raises(UserError, match=r"mine/dataset\.yaml exists"):
            act()


def test_nothing_half_added_stays(source, own_data, monkeypatch):
    findings = looking.look(source, "mine")

    def fail(path, text):
        if path.name == "dataset.yaml":
            raise OSError(28, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    monkeypatch.setattr("configs.files.write_text", fail)
    with pytest.raises(UserError, match="No space left"):
        adding.save(findings)
    assert list(own_data.iterdir()) == []


def test_unfinished_files_of_a_killed_command_go_with_the_next_one(source, own_data):
    home = own_data / "mine"
    (home / "more").mkdir(parents=True)
    kept = {home / ".picture.a1.part.jpg", home / "dataset.part.yaml"}
    left = {home / ".dataset.x1.part.yaml", home / ".unet.y2.part.yaml"}
    for path in kept | left:
        path.touch()
    with claimed(home):  # another process is writing
        adding.save(looking.look(source, "mine"))
        assert left <= set(home.iterdir())
    adding.remove("mine")
    assert set(home.iterdir()) == kept | {home / "more"}
    for path in left:
        path.touch()
    adding.save(looking.look(source, "mine"))
    assert not left & set(home.iterdir())


def test_removing_takes_what_was_added_and_nothing_else(source, own_data, own_cache):
    before = files(source)
    adding.save(looking.look(source, "mine"))
    store.open_all("mine", own_data)
    write("keep", own_data / "other" / "file")
    gone = adding.remove("mine")
    assert [path.name for path in gone] == ["dataset.yaml", "unet.yaml", "mine"]
    assert files(own_data) == {"other/file": b"keep"}
    assert files(source) == before
    assert not (own_cache / "datasets" / "mine").exists()
    assert "mine" not in datasets.names()


def test_an_edited_config_and_other_files_stay(source, own_data):
    _, config = adding.save(looking.look(source, "mine"))
    config.write_text(config.read_text().replace("epochs: 50", "epochs: 60"))
    write("notes", own_data / "mine" / "notes.txt")
    adding.remove("mine")
    assert sorted(files(own_data)) == ["mine/notes.txt", "mine/unet.yaml"]


def test_a_source_inside_the_data_folder_stays(own_data):
    making.make_folder(own_data / "mine")
    before = files(own_data)
    adding.save(looking.look(own_data / "mine", "mine"))
    adding.remove("mine")
    assert files(own_data) == before


@pytest.mark.parametrize(
    ("name", "words"), [("camvid", "comes with SegDeck"), ("nobody", "'nobody'"), ("../x", r"\.\./x")]
)
def test_only_what_was_added_can_be_removed(own_data, name, words):
    write("x", own_data.parent / "x" / "dataset.yaml")
    with pytest.raises(UserError, match=words):
        adding.remove(name)
    assert (own_data.parent / "x" / "dataset.yaml").exists()


def test_a_broken_description_can_be_removed(own_data):
    write("nonsense", own_data / "mine" / "dataset.yaml")
    adding.remove("mine")
    assert list(own_data.iterdir()) == []


def test_a_file_of_another_program_is_not_removed(own_data):
    text = "path: .\ntrain: images/train\nval: images/val\nnames: {0: cat, 1: dog}\n"
    write(text, own_data / "mine" / "dataset.yaml")
    with pytest.raises(UserError, match="stays"):
        adding.remove("mine")
    assert (own_data / "mine" / "dataset.yaml").read_text() == text


@pytest.mark.parametrize("name", ["7", "a", "2020_x", "a__b", "x_"])
def test_every_allowed_name_can_be_built(source, own_data, own_cache, name):
    adding.save(looking.look(source, name))
    assert len(store.open_split(name, "val", own_data)) == 1


@pytest.mark.parametrize(
    ("form", "text", "classes"),
    [
        ("labelme", "dog\ncat\n", ["background", "dog", "cat"]),
        ("yolo", "katze\nhund\n", ["background", "katze", "hund"]),
        ("coco", "17 katze\n90 hund\n", ["background", "katze", "hund"]),
        ("coco", "katze\nhund\n", ["background", "katze", "hund"]),
        ("coco-panoptic", "katze\nhund\n", ["katze", "hund", "void"]),
        ("voc", "0 background\n8 katze\n12 hund\n", ["background", "katze", "hund", "void"]),
    ],
)
def test_a_file_of_classes_replaces_those_of_the_format(tmp_path, own_data, form, text, classes):
    made = MAKERS[form](tmp_path / "source")
    write(text, tmp_path / "names.txt")
    findings = looking.look(tmp_path / "source", "mine", classes=tmp_path / "names.txt")
    assert findings.problems == []
    adding.save(findings)
    dataset = datasets.get("mine")
    assert dataset.label_space.names == tuple(classes)
    names = {"katze": "cat", "hund": "dog"}
    space = np.array([names.get(name, name) for name in classes])
    for split, pairs in dataset.pairs(tmp_path / "source").items():
        for pair in pairs:
            np.testing.assert_array_equal(space[dataset.read_mask(pair, making.SIZE)], made.splits[split][pair.id])


def test_a_plain_list_of_other_length_than_the_numbered_classes_is_refused(tmp_path, own_data):
    making.make_coco(tmp_path / "source")
    write("katze\nhund\nvogel\n", tmp_path / "names.txt")
    with pytest.raises(UserError, match=facts("names.txt", 3, 2, "90 dog")):
        looking.look(tmp_path / "source", "mine", classes=tmp_path / "names.txt")


def test_a_file_that_lacks_a_label_is_refused(tmp_path, own_data):
    making.make_labelme(tmp_path / "source")
    write("dog\n", tmp_path / "names.txt")
    (problem,) = looking.look(tmp_path / "source", "mine", classes=tmp_path / "names.txt").problems
    assert problem.startswith("cat: ")


def test_every_class_gets_a_colour_of_its_own(tmp_path, own_data):
    making.make_folder(tmp_path / "source")
    write("name,id,colour\nbackground,0,\ncat,1,#ff0000\ndog,2,#ff0000\n", tmp_path / "names.csv")
    findings = looking.look(tmp_path / "source", "mine", classes=tmp_path / "names.csv")
    assert findings.table
    colours = [one.colour for one in findings.table.classes]
    assert colours[1] == "#ff0000"
    assert len(set(colours)) == 3


def test_the_same_pictures_in_two_splits_are_remarked(tmp_path, own_data):
    making.make_yolo(tmp_path / "source")
    write("train: images/train\nval: images/train\nnames: [cat, dog]\n", tmp_path / "source" / "data.yaml")
    findings = looking.look(tmp_path / "source", "mine")
    assert any("2 pictures are in more than one split" in note for note in findings.notes)


def test_the_text_of_the_template_depends_on_the_name_only():
    assert training_config.text("a").replace("a_unet", "b_unet").replace("dataset: a", "dataset: b").replace(
        " on a,", " on b,"
    ) == training_config.text("b")


@pytest.mark.parametrize("name", MAKERS)
def test_objects_of_an_added_dataset_have_boxes_where_the_format_knows_them(name, tmp_path, own_data, own_cache):
    MAKERS[name](tmp_path / "source")
    adding.save(looking.look(tmp_path / "source", "mine"))
    samples = {sample.id: sample for split in store.open_all("mine", own_data).values() for sample in split}
    if name not in {"coco", "yolo", "labelme"}:
        assert all(sample.boxes is None for sample in samples.values())
        return
    names = datasets.get("mine").label_space.names
    found, empty = samples["a"].boxes, samples["empty" if name == "yolo" else "c"].boxes
    assert found is not None
    assert empty is not None
    boxes = [(names[ident], *box) for ident, *box in found.tolist()]
    cat, dog = ("cat", 2, 3, 8, 6), ("dog", 8, 5, 12, 9)
    assert sorted(boxes) == ([("dog", 4, 4, 4, 9)] if name == "yolo" else [cat, dog])
    assert empty.shape == (0, 5)


def test_stuff_has_no_boxes(tmp_path, own_data):
    making.make_coco(tmp_path / "source")
    path, _ = adding.save(looking.look(tmp_path / "source", "mine"))
    path.write_text(path.read_text().replace("stuff: []", "stuff: [cat]"))
    dataset = datasets.get("mine")
    pair = next(pair for pair in dataset.pairs(tmp_path / "source")["train"] if pair.id == "a")
    assert dataset.read_boxes is not None
    assert {dataset.label_space.names[ident] for ident, *_ in dataset.read_boxes(pair, making.SIZE)} == {"dog"}
    path.write_text(path.read_text().replace("stuff: [cat]", "stuff: [cat, dog]"))
    assert datasets.get("mine").read_boxes is None, "nothing is countable"
