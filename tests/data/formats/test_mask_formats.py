"""What is particular to each format whose labels are pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from data import formats
from data.added import adding, conventions, looking
from data.added.conventions import Convention
from data.formats.shared import mask_pictures
from data.formats.shared.tree import scan
from tests.data.conftest import picture, save, write
from tests.data.formats import making
from tests.data.formats.making import CAT_DOG, DOG, SIZE, blank, numbers, with_box
from tests.facts import facts, mentions

VALUES = {"background": 0, "cat": 1, "dog": 2}
COLOURS = {"background": (0, 0, 0), "cat": (255, 0, 0), "dog": (0, 128, 0)}


def found(folder, classes=None, name="mine", form=looking.AUTO, said=conventions.GUESSED):
    """Look at a folder; return the findings, and the class names of each pixel of every picture."""
    findings = looking.look(folder, name, form, classes, said)
    if findings.problems:
        return findings, {}
    adding.save(findings)
    from data import datasets

    dataset = datasets.get(name)
    space = np.array(dataset.label_space.names)
    pairs = [pair for members in dataset.pairs(folder).values() for pair in members]
    return findings, {pair.id: space[dataset.read_mask(pair, SIZE)] for pair in pairs}


def two_pictures(folder, mask, images="images", masks="masks", ending=""):
    """Write two pictures with masks; ``mask`` is called with a path and labels."""
    for name, labels in (("a", CAT_DOG), ("b", DOG)):
        making.image(folder / images / f"{name}.jpg")
        mask(folder / masks / f"{name}{ending}.png", labels)


def grey(path, labels):
    making.grey(path, numbers(labels, VALUES))


@pytest.mark.parametrize(
    "mask",
    [
        grey,
        lambda path, labels: making.palette(path, numbers(labels, VALUES)),
        lambda path, labels: making.grey(path, numbers(labels, VALUES), np.uint16),
        lambda path, labels: making.coloured(path, labels, {"cat": (1, 1, 1), "dog": (2, 2, 2)}),
        lambda path, labels: making.coloured(path, labels, COLOURS),
    ],
    ids=["grey", "palette", "16 bits", "grey as RGB", "colours"],
)
def test_masks_of_every_kind(tmp_path, own_data, mask):
    two_pictures(tmp_path / "source", mask)
    write("id,name,r,g,b\n0,background,0,0,0\n1,cat,255,0,0\n2,dog,0,128,0\n", tmp_path / "names.csv")
    _, maps = found(tmp_path / "source", tmp_path / "names.csv")
    np.testing.assert_array_equal(maps["a"], CAT_DOG)
    np.testing.assert_array_equal(maps["b"], DOG)


@pytest.mark.parametrize(
    ("images", "masks", "ending"),
    [
        ("images", "masks", "_mask"),
        ("imgs", "labels", ""),
        ("JPEGImages", "SegmentationClass", ""),
        ("Images", "Masks", ""),
        ("data/images", "data/annotations", ""),
        ("images", "annotations/trimaps", ""),
        ("train", "trainannot", ""),
        ("train", "train_labels", "_L"),
        ("", "", "_mask"),
    ],
)
def test_layouts_of_folders(tmp_path, own_data, images, masks, ending):
    two_pictures(tmp_path / "source", grey, images, masks, ending)
    write("background\ncat\ndog\n", tmp_path / "names.txt")
    _, maps = found(tmp_path / "source", tmp_path / "names.txt", form="folder")
    assert {name: np.array_equal(labels, {"a": CAT_DOG, "b": DOG}[name]) for name, labels in maps.items()} == {
        "a": True,
        "b": True,
    }


@pytest.mark.parametrize(("images", "masks"), [("images/{}", "masks/{}"), ("{}/images", "{}/masks")])
def test_split_folders_in_either_order(tmp_path, images, masks):
    for split, name in (("train", "a"), ("valid", "b"), ("test", "c")):
        making.image(tmp_path / images.format(split) / f"{name}.jpg")
        grey(tmp_path / masks.format(split) / f"{name}.png", DOG)
    listing = formats.get("folder").listing(scan(tmp_path))
    splits = {split: [pair.id for pair in pairs] for split, pairs in listing.splits.items()}
    assert splits == {"train": ["a"], "val": ["b"], "test": ["c"]}


@pytest.mark.parametrize(("values", "high"), [((0, 255), 255), ((0, 1), 1)])
def test_a_binary_mask_explains_itself(tmp_path, own_data, values, high):
    def binary(path, labels):
        making.grey(path, np.where(labels == "background", *values))

    two_pictures(tmp_path / "source", binary)
    findings, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["b"], np.where(DOG == "background", "background", "foreground"))
    assert any(f"only 0 and {high}" in note for note in findings.notes)
    write("water\nland\n", tmp_path / "names.txt")
    _, maps = found(tmp_path / "source", tmp_path / "names.txt", "named")
    np.testing.assert_array_equal(maps["b"], np.where(DOG == "background", "water", "land"))


def test_numbers_that_nothing_names_are_refused_with_the_values(tmp_path, own_data):
    two_pictures(tmp_path / "source", grey)
    findings, _ = found(tmp_path / "source")
    (problem,) = findings.problems
    assert "0, 1, 2" in problem
    assert "--classes" in problem
    assert list(own_data.iterdir()) == []


def test_255_is_void_and_a_value_without_a_class_is_refused(tmp_path, own_data):
    def bordered(path, labels):
        making.grey(path, numbers(with_box(labels, "edge", 0, 0, 24, 1), VALUES | {"edge": 255}))

    two_pictures(tmp_path / "source", bordered)
    write("background\ncat\ndog\n", tmp_path / "three.txt")
    findings, maps = found(tmp_path / "source", tmp_path / "three.txt")
    assert (maps["a"][0] == "void").all()
    assert findings.table
    assert findings.table.void == "void"
    assert any("255" in note for note in findings.notes)
    write("background\ncat\n", tmp_path / "two.txt")
    findings, _ = found(tmp_path / "source", tmp_path / "two.txt", "other")
    (problem,) = findings.problems
    share = (CAT_DOG[1:] == "dog").sum() + (DOG[1:] == "dog").sum()
    assert problem.startswith("2: ")
    assert f"{share / (2 * CAT_DOG.size):.2%}" in problem
    assert "a.png" in problem


def test_smoothed_colours_are_explained(tmp_path, own_data):
    def smooth(path, labels):
        making.coloured(path, labels, COLOURS)
        with Image.open(path) as image:
            blurred = image.resize((48, 32), Image.Resampling.BICUBIC).resize((24, 16), Image.Resampling.BICUBIC)
        blurred.save(path)

    two_pictures(tmp_path / "source", smooth)
    write("name,r,g,b\nbackground,0,0,0\ncat,255,0,0\ndog,0,128,0\n", tmp_path / "names.csv")
    findings, _ = found(tmp_path / "source", tmp_path / "names.csv")
    assert "smoothed" in findings.problems[0]


def test_jpeg_masks_are_named_with_the_reason(tmp_path):
    making.image(tmp_path / "images" / "a.jpg")
    making.image(tmp_path / "masks" / "a.jpg")
    with pytest.raises(UserError, match=r"masks.*JPEG.*PNG"):
        formats.get("folder").listing(scan(tmp_path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no picture", ["a.png", "PNG"]),
        (b"", ["a.png", "PNG"]),
        ("size", ["a.png", "5x4", "24x16"]),
        ("cut", ["a.png"]),
        ("float", ["a.png"]),
    ],
)
def test_a_broken_mask_is_named(tmp_path, content, words):
    path = tmp_path / "a.png"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "size":
        making.grey(path, np.zeros((4, 5)))
    elif content == "float":
        Image.fromarray(np.zeros(SIZE, np.float32)).save(path, "TIFF")
    else:
        grey(path, CAT_DOG)
        path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UserError) as error:
        mask_pictures.read(path, SIZE, None)
    assert all(word in str(error.value) for word in words), error.value


def test_voc_lists_and_what_they_lack(tmp_path):
    making.make_voc(tmp_path)
    base = tmp_path / "VOC2012"
    write("a\nbare\ngone\n", base / "ImageSets" / "Segmentation" / "train.txt")
    making.image(base / "JPEGImages" / "bare.jpg")
    grey(base / "SegmentationClass" / "alone.png", DOG)
    listing = formats.get("voc").listing(scan(tmp_path))
    assert [pair.id for pair in listing.splits["train"]] == ["a"]
    assert listing.without_mask == ["bare"]
    assert listing.without_picture == ["SegmentationClass/alone", "ImageSets/Segmentation: gone"]
    assert [note.startswith("1 pictures") for note in listing.notes] == [True]


def test_cvat_reads_by_colour_whatever_the_order_of_the_lines(tmp_path, own_data):
    making.make_cvat(tmp_path / "source")
    label_map = tmp_path / "source" / "labelmap.txt"
    header, *lines = label_map.read_text().splitlines()
    label_map.write_text("\n".join([header, *reversed(lines)]))
    _, maps = found(tmp_path / "source")
    assert set(np.unique(maps["a__im1"])) == {"background", "Road", "car"}
    assert (maps["im3"] == "background").all()


def test_cvat_without_background_in_any_mask_is_remarked(tmp_path, own_data):
    """Datumaro 1.13 gives uncovered pixels the first colour of its sorted list."""
    making.make_cvat(tmp_path / "source")
    colours = {"background": (128, 64, 128), "animal": (10, 20, 30), "Road": (128, 64, 128)}
    for name in ("a/im1", "im2", "im3"):
        path = tmp_path / "source" / "SegmentationClass" / f"{name}.png"
        making.coloured(path, with_box(blank(), "animal", 3, 3, 9, 9), colours)
    findings, _ = found(tmp_path / "source")
    assert any("background" in note for note in findings.notes)


def test_a_label_map_without_colours_means_those_of_voc(tmp_path, own_data):
    """Datumaro writes it like this where the classes have no colours."""
    making.make_cvat(tmp_path / "source")
    write("# label:color_rgb:parts:actions\nbackground:::\ncat:::\ndog:::\n", tmp_path / "source" / "labelmap.txt")
    colours = {"background": (0, 0, 0), "cat": (128, 0, 0), "dog": (0, 128, 0)}
    for name, labels in (("a/im1", CAT_DOG), ("im2", DOG)):
        making.coloured(tmp_path / "source" / "SegmentationClass" / f"{name}.png", labels, colours)
    _, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["a__im1"], CAT_DOG)


def test_masks_that_are_void_everywhere_are_refused(tmp_path, own_data):
    """Datumaro writes classes of any kind under Cityscapes' names: their numbers then mean something else."""
    making.make_cityscapes(tmp_path / "source")
    for path in (tmp_path / "source").rglob("*_labelIds.png"):
        making.grey(path, numbers(CAT_DOG, VALUES))
    findings, _ = found(tmp_path / "source")
    assert "0, 1, 2" in findings.problems[0]
    assert "void" in findings.problems[0]


def test_roboflow_is_recognised_by_the_header(tmp_path):
    """Its export for classification calls another table ``_classes.csv`` too."""
    making.make_roboflow(tmp_path)
    assert formats.get("roboflow").detect(scan(tmp_path))
    for split in ("train", "valid"):
        write("filename, bus, car\na.jpg, 0, 1\n", tmp_path / split / "_classes.csv")
    assert not formats.get("roboflow").detect(scan(tmp_path))


def test_roboflow_tables_must_agree(tmp_path):
    making.make_roboflow(tmp_path)
    write("Pixel Value, Class\n0, background\n1, dog\n2, cat", tmp_path / "valid" / "_classes.csv")
    tree = scan(tmp_path)
    reader = formats.get("roboflow")
    with pytest.raises(UserError, match=r"train/_classes\.csv and valid/_classes\.csv"):
        reader.class_table(tree, reader.listing(tree))


def test_ultralytics_translates_numbers_first(tmp_path, own_data):
    source = tmp_path / "source"
    for split in ("train", "val"):
        making.image(source / "images" / split / f"{split}.jpg")
        making.grey(
            source / "labels_png" / split / f"{split}.png", numbers(CAT_DOG, {"background": 0, "cat": 7, "dog": 9})
        )
    mapping = "label_mapping:\n  -1: ignore_label\n  0: ignore_label\n  7: 0\n  9: 1\n  1: ignore_label\n"
    write(
        f"train: images/train\nval: images/val\nmasks_dir: labels_png\nnames: [cat, dog]\n{mapping}",
        source / "data.yaml",
    )
    _, maps = found(source)
    np.testing.assert_array_equal(maps["val"], np.where(CAT_DOG == "background", "void", CAT_DOG))


def test_ultralytics_with_one_class_has_a_background(tmp_path, own_data):
    source = tmp_path / "source"
    for split in ("train", "val"):
        making.image(source / "images" / split / f"{split}.jpg")
        making.grey(source / "masks" / split / f"{split}.png", numbers(DOG, {"dog": 1}))
    write("train: images/train\nval: images/val\nnames: {0: dog}\n", source / "data.yaml")
    _, maps = found(source)
    np.testing.assert_array_equal(maps["val"], DOG)


def train_ids(stem, labels):
    making.grey(stem.with_name(f"{stem.name}_labelTrainIds.png"), numbers(labels, {"road": 0, "car": 13, "void": 255}))


def outlines(stem, labels):
    """Write the polygons of these labels, and some that are not drawn: a licence plate, and one that was deleted."""
    boxes = [("road", 0, 8, 23, 15), ("cargroup", 5, 9, 8, 11), ("license plate", 6, 10, 7, 10), ("sky", 0, 0, 5, 5)]
    objects = [
        {
            "label": label,
            "polygon": [[left, top], [right, top], [right, bottom], [left, bottom]],
            "deleted": label == "sky",
        }
        for label, left, top, right, bottom in boxes
    ]
    making.dump({"imgHeight": 16, "imgWidth": 24, "objects": objects}, stem.with_name(f"{stem.name}_polygons.json"))


@pytest.mark.parametrize("rewrite", [train_ids, outlines])
def test_cityscapes_of_every_kind_agree(tmp_path, own_data, rewrite):
    made = making.make_cityscapes(tmp_path / "source")
    expected = {name: labels for members in made.splits.values() for name, labels in members.items()}
    for path in (tmp_path / "source").rglob("*_labelIds.png"):
        path.unlink()
        stem = path.with_name(path.name.removesuffix("_labelIds.png"))
        rewrite(stem, expected[stem.name.removesuffix("_gtFine")])
    _, maps = found(tmp_path / "source")
    assert maps.keys() == expected.keys()
    for name, labels in maps.items():
        np.testing.assert_array_equal(labels, expected[name])


def test_ade20k_has_150_classes_and_0_is_void(tmp_path):
    making.make_ade20k(tmp_path)
    tree, reader = scan(tmp_path), formats.get("ade20k")
    table = reader.class_table(tree, reader.listing(tree))
    assert table
    ids = table.ids()
    assert (len(table.classes), table.void, ids[0]) == (151, "void", 150)
    assert all(ids[value] == value - 1 for value in range(1, 151))


def ade_picture(folder, values):
    for place in ("training", "validation"):
        making.image(folder / "images" / place / f"ADE_{place}.jpg")
        making.grey(folder / "annotations" / place / f"ADE_{place}.png", values)


@pytest.mark.parametrize(
    ("values", "first_id", "expected", "option"),
    [
        ((0, 1), None, ("void", "wall"), "--first-id 0"),
        ((0, 1), 0, ("wall", "building"), None),
        ((0, 255), 0, ("wall", "void"), None),
        ((0, 150), None, ("void", "flag"), None),
        ((3, 149), 1, ("sky", "clock"), None),
    ],
)
def test_where_the_numbers_of_ade20k_begin(tmp_path, own_data, values, first_id, expected, option):
    ade_picture(tmp_path / "source", np.where(DOG == "dog", values[1], values[0]))
    findings, maps = found(tmp_path / "source", said=Convention(first_id))
    assert findings.format == "ade20k"
    np.testing.assert_array_equal(maps["ADE_training"], np.where(DOG == "dog", expected[1], expected[0]))
    notes = [note for note in findings.notes if "--first-id" in note]
    assert [mentions(note, "wall", "1", option) for note in notes] == [True] * (option is not None)


@pytest.mark.parametrize("first_id", [None, 0, 1])
def test_where_the_numbers_of_a_list_begin(tmp_path, own_data, first_id):
    """A list of names says nothing of numbers; 0 and 1 fit three names both from 0 and from 1."""
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, labels == "dog"))
    write("cat\ndog\ncow\n", tmp_path / "names.txt")
    findings, maps = found(tmp_path / "source", tmp_path / "names.txt", said=Convention(first_id))
    background, dog = ("void", "cat") if first_id else ("cat", "dog")
    np.testing.assert_array_equal(maps["b"], np.where(DOG == "dog", dog, background))
    notes = [note for note in findings.notes if "--first-id" in note]
    assert [mentions(note, "names.txt", "cat", "--first-id 1") for note in notes] == [True] * (first_id is None)


def test_an_unexplained_value_names_the_option_that_explains_it(tmp_path, own_data):
    two_pictures(tmp_path / "source", grey)
    write("cat\ndog\n", tmp_path / "names.txt")
    (problem,) = found(tmp_path / "source", tmp_path / "names.txt")[0].problems
    assert mentions(problem, "2", "--first-id 1")
    _, maps = found(tmp_path / "source", tmp_path / "names.txt", said=Convention(1))
    np.testing.assert_array_equal(maps["a"], np.where(CAT_DOG == "background", "void", CAT_DOG))


def test_a_palette_may_contradict_its_numbers(tmp_path, own_data):
    """The palette shows the classes in each other's colours."""

    def swapped(path, labels):
        mask = Image.fromarray(numbers(labels, VALUES).astype(np.uint8))
        mask.putpalette([0, 0, 0, 0, 128, 0, 255, 0, 0])
        save(mask, path)

    two_pictures(tmp_path / "source", swapped)
    for columns, other in (("id,name,colour", "colours"), ("name,colour", "numbers")):
        rows = ["0,background,#000000", "1,cat,#ff0000", "2,dog,#008000"]
        write("\n".join([columns, *(row[2 * (columns[0] == "n") :] for row in rows)]), tmp_path / "names.csv")
        findings, maps = found(tmp_path / "source", tmp_path / "names.csv", other)
        (note,) = [note for note in findings.notes if "--marked-by" in note]
        assert mentions(note, f"--marked-by {other}")
        said = Convention(marked_by=other)
        findings, changed = found(tmp_path / "source", tmp_path / "names.csv", f"{other}_said", said=said)
        assert not [note for note in findings.notes if "--marked-by" in note]
        np.testing.assert_array_equal(maps["b"] == "dog", changed["b"] == "cat")
        assert (maps["b"] == "dog").any() == (other == "colours")


@pytest.mark.parametrize(
    ("table", "said", "words"),
    [
        ("1 cat\n2 dog\n", Convention(1), ("--first-id 1", "names.txt")),
        ("cat\ndog\n", Convention(marked_by="colours"), ("--marked-by colours", "cat", "names.txt")),
        (None, Convention(1), ("--classes",)),
    ],
)
def test_an_option_that_cannot_apply_is_refused(tmp_path, own_data, table, said, words):
    two_pictures(tmp_path / "source", grey)
    if table:
        write(table, tmp_path / "names.txt")
    with pytest.raises(UserError, match=facts(*words)):
        found(tmp_path / "source", tmp_path / "names.txt" if table else None, said=said)


def test_what_is_taken_for_granted_names_the_option_that_changes_it(tmp_path, own_data):
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, 255 * (labels == "dog")))
    findings, _ = found(tmp_path / "source")
    assert any(mentions(note, 255, "foreground", "--classes") for note in findings.notes)
    write("cat\ndog\ncow\n", tmp_path / "names.txt")
    findings, _ = found(tmp_path / "source", tmp_path / "names.txt", "three")
    assert any(mentions(note, 255, "void", "--classes") for note in findings.notes)


def test_panoptic_segments_must_be_listed(tmp_path):
    making.make_coco_panoptic(tmp_path)
    reader = formats.get("coco-panoptic")
    pair = reader.listing(scan(tmp_path)).splits["val"][0]
    save(Image.fromarray(np.full((*SIZE, 3), 9, np.uint8)), pair.annotation)
    with pytest.raises(UserError, match=rf"c\.png.*{9 + 9 * 256 + 9 * 65536}"):
        reader.read(pair, SIZE, None)


def test_yolo_finds_pictures_by_the_end_of_foreign_paths(tmp_path):
    making.make_yolo(tmp_path)
    reader = formats.get("yolo")
    before = reader.listing(scan(tmp_path)).splits
    entries = ("../train/images", "C:\\data\\pets\\images\\val")
    for train in ("/home/me/pets/images/train", "images/train/", "./images/train", ["images/train"]):
        content = {"train": train, "val": entries[1], "names": ["cat", "dog"]}
        write(
            json.dumps(content).replace('{"train"', '{\n"train"').replace('"names"', "\nnames"), tmp_path / "data.yaml"
        )
        assert reader.listing(scan(tmp_path)).splits == before
    write("images/train/a.jpg\n./images/train/empty.jpg\n", tmp_path / "train.txt")
    write("train: train.txt\nval: images/val\nnames: [cat, dog]\n", tmp_path / "data.yaml")
    assert reader.listing(scan(tmp_path)).splits == before


@pytest.mark.parametrize(
    ("images", "masks", "ending"),
    [
        ("img_dir/{}", "ann_dir/{}", ""),
        ("images/{}2017", "masks/{}2017", ""),
        ("{}_images", "{}_masks", ""),
        ("images-{}", "labels-{}", "_Mask"),
    ],
)
def test_splits_are_told_by_parts_of_names(tmp_path, images, masks, ending):
    for split, name in (("train", "a"), ("train", "b"), ("val", "c")):
        making.image(tmp_path / images.format(split) / f"{name}.JPG")
        grey(tmp_path / masks.format(split) / f"{name}{ending}.png", DOG)
    listing = formats.get("folder").listing(scan(tmp_path))
    splits = {split: [pair.id for pair in pairs] for split, pairs in listing.splits.items()}
    assert splits == {"train": ["a", "b"], "val": ["c"]}


@pytest.mark.parametrize("high", [1, 255])
def test_a_single_name_is_that_of_the_marked_pixels(tmp_path, own_data, high):
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, high * (labels == "dog")))
    write("dog\n", tmp_path / "source" / "classes.txt")
    findings, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["a"], np.where(CAT_DOG == "dog", "dog", "background"))
    assert any(f"{high} as dog" in note for note in findings.notes)


def test_a_single_name_may_be_the_background(tmp_path, own_data):
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, labels == "dog"))
    write("Background\n", tmp_path / "source" / "classes.txt")
    _, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["a"], np.where(CAT_DOG == "dog", "foreground", "Background"))


def test_a_number_that_is_written_stands(tmp_path, own_data):
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, 255 * (labels == "dog")))
    write("0 land\n", tmp_path / "names.txt")
    _, maps = found(tmp_path / "source", tmp_path / "names.txt")
    np.testing.assert_array_equal(maps["a"], np.where(CAT_DOG == "dog", "void", "land"))


def test_binary_masks_of_two_kinds_are_refused(tmp_path, own_data):
    high = iter((1, 255))
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, next(high) * (labels == "dog")))
    write("background\ndog\n", tmp_path / "source" / "classes.txt")
    findings, _ = found(tmp_path / "source")
    assert "a.png" in findings.problems[0]
    assert "b.png" in findings.problems[0]


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_shape_in_the_transparency_is_refused(tmp_path, own_data, mode):
    def transparent(path, labels):
        mask = Image.new("L", labels.shape[::-1]).convert(mode)
        mask.putalpha(Image.fromarray(np.where(labels == "dog", 255, 0).astype(np.uint8)))
        save(mask, path)

    two_pictures(tmp_path / "source", transparent)
    write("background\ndog\n", tmp_path / "source" / "classes.txt")
    findings, _ = found(tmp_path / "source")
    assert "a.png" in findings.problems[0]
    assert "transparency" in findings.problems[0]


@pytest.mark.parametrize("place", ["", "VOC/"])
def test_voc_folders_may_have_classes_of_their_own(tmp_path, own_data, place):
    two_pictures(tmp_path / "source" / place, grey, "JPEGImages", "SegmentationClass")
    write("background\ncat\ndog\n", tmp_path / "source" / place / "class_names.txt")
    findings, maps = found(tmp_path / "source")
    assert findings.format == "voc"
    np.testing.assert_array_equal(maps["a"], CAT_DOG)


def test_vocs_own_classes_are_called_a_guess_where_nothing_says_so(tmp_path, own_data):
    two_pictures(tmp_path / "source", grey, "JPEGImages", "SegmentationClass")
    findings, _ = found(tmp_path / "source")
    assert any("guess" in note and "--classes" in note for note in findings.notes)


def test_the_list_of_labelme_begins_with_what_is_ignored(tmp_path, own_data):
    two_pictures(tmp_path / "source", lambda path, labels: making.grey(path, numbers(labels, VALUES | {"dog": 255})))
    write("__ignore__\n_background_\ncat\n", tmp_path / "source" / "labels.txt")
    _, maps = found(tmp_path / "source")
    own_names = np.where(CAT_DOG == "dog", "__ignore__", np.where(CAT_DOG == "cat", "cat", "_background_"))
    np.testing.assert_array_equal(maps["a"], own_names)


def test_a_mask_of_a_turned_picture_is_explained(tmp_path, own_data):
    two_pictures(tmp_path / "source", grey)
    write("background\ncat\ndog\n", tmp_path / "source" / "classes.txt")
    exif = Image.Exif()
    exif[0x0112] = 6
    save(picture(0, 24, 16), tmp_path / "source" / "images" / "a.jpg", exif=exif)
    findings, _ = found(tmp_path / "source")
    assert "EXIF" in findings.problems[0]
    exif[0x0112] = 3
    save(picture(0, 24, 16), tmp_path / "source" / "images" / "a.jpg", exif=exif)
    findings, _ = found(tmp_path / "source")
    assert any("EXIF" in note and note.startswith("1 ") for note in findings.notes)


def test_ultralytics_with_one_class_may_mark_it_by_255(tmp_path, own_data):
    making.make_ultralytics(tmp_path / "source")
    for path in (tmp_path / "source" / "masks").rglob("*.png"):
        making.grey(path, 255 * (DOG == "dog"))
    write("train: images/train\nval: images/val\nnames: {'0': dog}\n", tmp_path / "source" / "data.yaml")
    _, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["a"], DOG)


def test_yolo_without_names_says_what_is_missing(tmp_path):
    making.make_yolo(tmp_path)
    write("train: images/train\nnc: 2\n", tmp_path / "data.yaml")
    with pytest.raises(UserError, match=r"data\.yaml.*names"):
        looking.look(tmp_path, "mine")


@pytest.mark.parametrize(
    ("picture", "mask"),
    [
        ("images/a.jpg", "masks/a.jpg.png"),
        ("images/a_image.png", "masks/a_mask.png"),
        ("a_sat.jpg", "a_mask.png"),
        ("images/a_rgb.jpg", "masks/a.png"),
    ],
)
def test_names_of_other_programs_are_paired(tmp_path, picture, mask):
    making.image(tmp_path / picture)
    grey(tmp_path / mask, DOG)
    (pair,) = formats.get("folder").listing(scan(tmp_path)).pairs
    assert (pair.image, pair.annotation) == (tmp_path / picture, tmp_path / mask)


def test_smoothed_grey_masks_are_explained(tmp_path, own_data):
    two_pictures(
        tmp_path / "source", lambda path, labels: making.grey(path, np.arange(labels.size).reshape(SIZE) % 256)
    )
    write("background\ncat\n", tmp_path / "source" / "classes.txt")
    findings, _ = found(tmp_path / "source")
    assert "smoothed" in findings.problems[0]


def test_masks_of_an_unknown_kind_are_named(tmp_path):
    making.image(tmp_path / "images" / "a.jpg")
    write("", tmp_path / "masks" / "a.npy")
    with pytest.raises(UserError, match=r"masks holds .*\.npy"):
        looking.look(tmp_path, "mine")


@pytest.mark.parametrize("line", ["{}", "{}.jpg", "/JPEGImages/{}.jpg /SegmentationClass/{}.png"])
def test_the_lines_of_voc_lists_may_be_names_or_paths(tmp_path, own_data, line):
    two_pictures(tmp_path, grey, "JPEGImages", "SegmentationClass")
    for split, name in (("train", "a"), ("val", "b")):
        write(line.format(name, name) + "\n", tmp_path / "ImageSets" / "Segmentation" / f"{split}.txt")
    listing = formats.get("voc").listing(scan(tmp_path))
    assert {split: [pair.id for pair in pairs] for split, pairs in listing.splits.items()} == {
        "train": ["a"],
        "val": ["b"],
    }
