import hashlib
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from configs.paths import ROOT
from data import builder, content, datasets, lazy_imports, store
from tests.facts import facts


def test_samples_equal_the_files(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("camvid", "train", tiny_data)
    assert samples.ids == ("a_1", "b_2", "c_3")
    for index, sample in enumerate(samples):
        image = tiny_data / "CamVid" / "train" / f"{sample.id}.png"
        mask = tiny_data / "CamVid" / "trainannot" / f"{sample.id}.png"
        np.testing.assert_array_equal(sample.image, np.asarray(Image.open(image)))
        np.testing.assert_array_equal(sample.mask, np.asarray(Image.open(mask)))
        np.testing.assert_array_equal(samples.mask(index), sample.mask)
        assert samples.hashes[index] == hashlib.sha256(image.read_bytes()).hexdigest()
        assert sample.image.dtype == sample.mask.dtype == np.uint8


def test_samples_have_boxes_if_the_dataset_does(tiny_data: Path, own_cache: Path) -> None:
    (tiny_data / "grocery" / "labels" / "train" / "b_2.txt").write_text("")
    samples = store.open_split("grocery", "train", tiny_data)
    some, none, _ = (sample.boxes for sample in samples)
    assert some is not None
    assert none is not None
    assert some.tolist() == [[1, 2, 1, 20, 14], [24, 4, 3, 6, 4]]
    assert none.shape == (0, 5)
    assert some.dtype == none.dtype == np.int32
    assert store.open_split("camvid", "train", tiny_data)[0].boxes is None


def test_a_dataset_built_by_an_older_version_is_rebuilt(
    tiny_data: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "FORMAT_VERSION", 1)
    old = store.open_split("grocery", "val", tiny_data)
    monkeypatch.undo()
    monkeypatch.setenv("SEGDECK_CACHE", str(own_cache))
    with pytest.raises(UserError, match="not prepared"):
        store.open_split("grocery", "val", tiny_data, build=False)
    assert store.open_split("grocery", "val", tiny_data).directory != old.directory


def test_reading_loads_neither_tensorflow_nor_keras(tiny_data: Path, own_cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from data import store\n"
        f"sample = store.open_split('voc2012', 'val', Path({str(tiny_data)!r}))[1]\n"
        "print(sample.id, [name for name in ('tensorflow', 'keras', 'torch', 'jax') if name in sys.modules])"
    )
    for _ in range(2):  # building, then reading
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "e_5 []\n"


@pytest.mark.parametrize("name", datasets.names())
def test_class_pixels_equal_the_counts_of_the_masks(name: str, tiny_data: Path, own_cache: Path) -> None:
    for samples in store.open_all(name, tiny_data).values():
        counts = samples.class_pixels()
        assert counts.dtype == np.int64
        assert counts.shape == (len(samples), len(samples.label_space))
        expected = [
            [int((sample.mask == ident).sum()) for ident in range(len(samples.label_space))] for sample in samples
        ]
        assert counts.tolist() == expected
        assert counts.sum() == sum(sample.mask.size for sample in samples)


def test_class_pixels_follow_a_subset(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("camvid", "train", tiny_data)
    counts = samples.class_pixels()
    assert not np.array_equal(counts[0], counts[2])
    np.testing.assert_array_equal(samples.subset([2, 0, 2]).class_pixels(), counts[[2, 0, 2]])
    np.testing.assert_array_equal(samples[1:].class_pixels(), counts[1:])
    np.testing.assert_array_equal(store.open_split("camvid", "train", tiny_data, limit=2).class_pixels(), counts[:2])
    assert samples[:0].class_pixels().shape == (0, 12)


def test_changing_returned_class_pixels_does_not_affect_others(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("camvid", "val", tiny_data)
    before = samples.class_pixels().copy()
    samples.class_pixels()[:] = 0
    np.testing.assert_array_equal(samples.class_pixels(), before)


def test_class_pixels_decode_no_mask(tiny_data: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = store.open_split("camvid", "val", tiny_data)
    monkeypatch.delattr(store, "_records")
    assert samples.class_pixels().sum() == 2 * 24 * 16


def test_a_second_opening_builds_nothing(tiny_data: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.open_split("grocery", "train", tiny_data)
    monkeypatch.delattr(builder, "build")
    assert len(store.open_split("grocery", "val", tiny_data)) == 2


def test_a_changed_file_causes_a_rebuild(tiny_data: Path, own_cache: Path) -> None:
    before = store.open_split("camvid", "val", tiny_data)
    image = Image.new("RGB", (24, 16), "red")
    image.save(tiny_data / "CamVid" / "val" / "d_4.png")
    after = store.open_split("camvid", "val", tiny_data)
    assert (after[0].image == (255, 0, 0)).all()
    assert after.digest != before.digest
    assert not (before[0].image == (255, 0, 0)).all()


def test_nothing_is_written_into_the_data_folder(tiny_data: Path, own_cache: Path) -> None:
    before = sorted(tiny_data.rglob("*"))
    store.open_split("oxford_iiit_pet", "val", tiny_data)
    assert sorted(tiny_data.rglob("*")) == before


def test_subset_and_limit_select_samples(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("camvid", "train", tiny_data)
    subset = samples.subset([2, 0])
    assert subset.ids == ("c_3", "a_1")
    assert subset.hashes == (samples.hashes[2], samples.hashes[0])
    np.testing.assert_array_equal(subset[0].image, samples[2].image)
    assert samples[1:].ids == ("b_2", "c_3")
    assert samples[-1].id == "c_3"
    with pytest.raises(IndexError):
        samples[3]

    assert store.open_split("camvid", "train", tiny_data, limit=2).ids == ("a_1", "b_2")
    assert store.open_split("camvid", "train", tiny_data, limit=9).ids == samples.ids


def test_samples_can_be_pickled_and_read_by_threads(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("oxford_iiit_pet", "train", tiny_data)
    copy = pickle.loads(pickle.dumps(samples))
    expected = [sample.image for sample in samples]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda index: copy[index % 3].image, range(60)))
    for index, image in enumerate(read):
        np.testing.assert_array_equal(image, expected[index % 3])


def test_records_are_opened_by_one_thread_at_a_time(
    tiny_data: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TFDS imports parts of itself on first use; two threads that do so at once can deadlock."""
    import tensorflow_datasets as tfds

    lock, threads, both, events = lazy_imports._ONE_AT_A_TIME, set(), threading.Event(), []
    builder_from_directory = tfds.builder_from_directory

    class ObservedLock:
        """Sets ``both`` when two threads have asked for the lock."""

        def __enter__(self) -> None:
            threads.add(threading.get_ident())
            if len(threads) == 2:
                both.set()
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    def open_once_both_ask(directory: Path) -> object:
        events.append("start")
        assert both.wait(60)
        opened = builder_from_directory(directory)
        events.append("end")
        return opened

    splits = [store.open_split("camvid", split, tiny_data) for split in ("train", "val")]
    monkeypatch.setattr(lazy_imports, "_ONE_AT_A_TIME", ObservedLock())
    monkeypatch.setattr(tfds, "builder_from_directory", open_once_both_ask)
    store._records.cache_clear()
    with ThreadPoolExecutor(2) as pool:
        assert [sample.id for sample in pool.map(lambda samples: samples[0], splits)] == ["a_1", "d_4"]
    assert events == ["start", "end"] * 2


READ_ELSEWHERE = """
import faulthandler, pickle, sys
faulthandler.dump_traceback_later(300, exit=True)  # a process that hangs says where
print(int(pickle.load(sys.stdin.buffer)[0].image.sum()))
"""


def test_another_process_can_read(tiny_data: Path, own_cache: Path) -> None:
    samples = store.open_split("camvid", "train", tiny_data)
    done = subprocess.run(
        [sys.executable, "-c", READ_ELSEWHERE], input=pickle.dumps(samples), cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) == int(samples[0].image.sum())


def test_the_error_for_missing_files_names_the_download_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"python -m data\.prepare camvid --data-dir {tmp_path}$"):
        store.open_split("camvid", "train", tmp_path)


def test_an_unknown_split_lists_the_splits(tiny_data: Path, own_cache: Path) -> None:
    with pytest.raises(UserError, match=r"'validation' .* train, val, test$"):
        store.open_split("camvid", "validation", tiny_data)


def test_an_unknown_dataset_lists_the_datasets(tiny_data: Path) -> None:
    with pytest.raises(UserError, match="camvid, grocery, oxford_iiit_pet, voc2012"):
        store.open_split("cityscapes", "train", tiny_data)


def test_an_unwritable_cache_is_named(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"cannot be written .*SEGDECK_CACHE"):
        store.open_split("camvid", "train", tiny_data)


def test_an_invalid_file_leaves_no_built_dataset(tiny_data: Path, own_cache: Path) -> None:
    mask = tiny_data / "CamVid" / "valannot" / "e_5.png"
    good = mask.read_bytes()
    Image.new("L", (24, 16), 12).save(mask)
    for _ in range(2):
        with pytest.raises(UserError, match=r"valannot/e_5\.png: holds the label 12"):
            store.open_split("camvid", "train", tiny_data)
    assert [path.name for path in (own_cache / "datasets" / "camvid").iterdir() if path.is_dir()] == []
    mask.write_bytes(good)
    assert len(store.open_split("camvid", "train", tiny_data)) == 3


OBSERVED_BUILD = """
import fcntl, sys
from pathlib import Path
from data import builder, store

encode, flock = builder.encode, fcntl.flock

def encode_when_told(*arguments):
    print("building", file=sys.__stdout__, flush=True)
    sys.stdin.read()
    return encode(*arguments)

def flock_and_tell(file, operation):
    try:
        flock(file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        print("waiting", file=sys.__stdout__, flush=True)
        flock(file, operation)

builder.encode, fcntl.flock = encode_when_told, flock_and_tell
print(len(store.open_split("camvid", "train", Path(sys.argv[1]))), flush=True)
"""
"""Opens a dataset; prints when it builds, only after its input is closed, and when it waits for a lock."""


def _open_in_a_process(tiny_data: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", OBSERVED_BUILD, str(tiny_data)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_killed_build_is_not_mistaken_for_a_complete_one(tiny_data: Path, own_cache: Path) -> None:
    with _open_in_a_process(tiny_data) as process:
        assert process.stdout
        assert process.stdout.readline() == "building\n"
        process.kill()
    samples = store.open_split("camvid", "train", tiny_data)
    assert [sample.id for sample in samples] == ["a_1", "b_2", "c_3"]
    folders = [path.name for path in (own_cache / "datasets" / "camvid").iterdir() if path.is_dir()]
    assert folders == [samples.directory.name]


def test_one_process_builds_while_the_other_waits(tiny_data: Path, own_cache: Path) -> None:
    with _open_in_a_process(tiny_data) as one, _open_in_a_process(tiny_data) as other:
        assert one.stdin
        assert other.stdin
        assert one.stdout
        assert other.stdout
        assert {one.stdout.readline(), other.stdout.readline()} == {"building\n", "waiting\n"}
        one.stdin.close()
        other.stdin.close()
        rest = [one.stdout.read().split(), other.stdout.read().split()]
    assert sorted(rest, key=len) == [["3"], ["building"] * 5 + ["3"]]  # all six images of all splits, once


def test_without_build_only_built_datasets_open(tiny_data: Path, own_cache: Path) -> None:
    with pytest.raises(UserError, match=r"not prepared .* python -m data\.prepare camvid --data-dir "):
        store.open_split("camvid", "val", tiny_data, build=False)
    built = store.open_split("camvid", "val", tiny_data)
    assert store.open_split("camvid", "val", tiny_data, build=False) == built


def damage(directory: Path, part: str, keep: float) -> None:
    """Cut off a file of a built dataset."""
    (file,) = directory.glob(part)
    with file.open("r+b") as content:
        content.truncate(int(file.stat().st_size * keep))


@pytest.mark.parametrize("part", ["*train.array_record*", "class_pixels.npz", "dataset_info.json"])
@pytest.mark.parametrize("keep", [0, 0.5])
def test_a_built_dataset_that_was_cut_off_is_built_again(
    tiny_data: Path, own_cache: Path, part: str, keep: float
) -> None:
    samples = store.open_split("camvid", "train", tiny_data)
    before, pixels = samples[2].image, samples.class_pixels()
    damage(samples.directory, part, keep)
    with pytest.raises(UserError, match="not prepared"):
        store.open_split("camvid", "train", tiny_data, build=False)
    again = store.open_split("camvid", "train", tiny_data)
    np.testing.assert_array_equal(again[2].image, before)
    np.testing.assert_array_equal(again.class_pixels(), pixels)


@pytest.mark.parametrize("part", ["*train.array_record*", "class_pixels.npz", "dataset_info.json"])
def test_damage_in_a_built_dataset_is_not_blamed_on_a_picture(tiny_data: Path, own_cache: Path, part: str) -> None:
    """Without the sizes, as in a dataset that an older version built, or after it was opened."""
    samples = store.open_split("camvid", "train", tiny_data)
    (file,) = samples.directory.glob(part)
    size = file.stat().st_size
    with file.open("r+b") as content:
        content.seek(size // 4)
        content.write(bytes(size // 2))
    with pytest.raises(UserError, match=facts(str(samples.directory), "damaged")):
        list(samples)
        samples.class_pixels()
