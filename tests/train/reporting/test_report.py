"""Reports on drawn scores, on a published model with real pictures, and in a real browser."""

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from configs import paths
from configs.errors import UserError
from data import datasets
from models.metrics.bootstrap import miou_interval, paired_bootstrap
from models.metrics.definitions import ERRORS
from models.runs import registry
from models.runs.run import Run
from tests.facts import facts, mentions
from tests.pages import scored
from train import report
from train.reporting import content, pictures, writing
from train.reporting.writing import MOST_BYTES

VOC, PETS = (datasets.get(name).label_space for name in ("voc2012", "oxford_iiit_pet"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[Run]:
    """Return a bad and a good model of VOC on the same drawn pictures, in which there is no boat."""
    folder = tmp_path_factory.mktemp("runs")
    found = []
    for name, errors in [("bad", 0.5), ("good", 0.2)]:
        val = scored.evaluation(VOC, errors, 30, ["boat"])
        config = "voc_mobilenetv2_pix2pix.yaml"
        found.append(scored.make(folder / name, config, epochs=3, best=2, scores={"val": val}))
    return found


@pytest.fixture
def call(monkeypatch, runs):
    """Call the command line with both runs and more arguments."""

    def called(*arguments: object) -> int:
        given = [*(run.path for run in runs), *arguments]
        monkeypatch.setattr("sys.argv", ["train.report", *map(str, given)])
        return report.main()

    return called


class Tables(HTMLParser):
    """The cells of all tables, row by row, and what else a page asks for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.sources: list[str] = []
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        self._open = tag in {"td", "th"}
        self.sources += [value or "" for name, value in attrs if name in {"src", "srcset", "data"} or tag == "link"]

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1].append(data)


def test_the_best_comes_first_with_its_interval_and_the_difference(runs):
    found = content.collect(runs, None, "val")
    good, bad = found.entries
    assert (good.name, bad.name) == ("good", "bad")
    low, high = miou_interval(good.counts)
    assert good.scores.miou is not None
    assert low < good.scores.miou < high
    first, second = found.sentences
    assert mentions(first, "good", f"{good.scores.miou:.3f}", f"{low:.3f}", f"{high:.3f}")
    difference, *_ = paired_bootstrap(good.counts, bad.counts)
    assert mentions(second, "good is better than bad", f"{100 * difference:.1f}")
    assert mentions(found.question, "good", "bad", "PASCAL VOC 2012")


def test_scores_by_class_are_those_of_scikit_learn(runs):
    entry = content.collect(runs, None, "val").best
    confusion = np.array(entry.scores.confusion)
    scale = max(1, confusion.sum() // 200_000)  # as few pixels as keep the shares
    truth, predicted = (
        np.repeat(index, confusion.ravel() // scale) for index in np.indices(confusion.shape).reshape(2, -1)
    )
    ids, table = list(range(len(confusion))), entry.classes
    shown = (table["pixels"] > 0).to_numpy()
    for name, score in {
        "iou": jaccard_score,
        "dice": f1_score,
        "precision": precision_score,
        "recall": recall_score,
    }.items():
        expected = score(truth, predicted, labels=ids, average=None, zero_division=0)
        np.testing.assert_allclose(table[name][shown].fillna(0), expected[shown], atol=0.02)
    assert table["iou"][~shown].isna().all()
    assert list(table["name"][~shown]) == ["boat"]


def test_one_html_file_has_all_figures_and_asks_for_nothing(call, runs, tmp_path, capsys):
    path = tmp_path / "report.html"
    assert call("--output", path, "--question", "Is <b>good</b> better?") == 0
    text, output = path.read_text(), capsys.readouterr()
    assert str(path) in output.out
    assert "--pictures" in output.err  # VOC's licence is not open
    assert "Is &lt;b&gt;good&lt;/b&gt; better?" in text
    tables, found = Tables(text), content.collect(runs, None, "val")
    assert not [source for source in tables.sources if not source.startswith("data:")]
    assert not re.findall(r"(?:url\(|@import|<script)", text)
    assert ["mIoU", *(f"{entry.scores.miou:.3f}" for entry in found.entries)] in tables.rows
    for name, good, bad in zip(VOC.names, *(entry.classes["iou"] for entry in found.entries), strict=False):
        (row,) = [row for row in tables.rows if len(row) == 4 and row[0] == name and row[1].endswith("%")]
        assert row[2:] == [f"{value:.3f}" if np.isfinite(value) else "–" for value in (good, bad)]
    cat = next(one for one in found.best.scores.classes if one.name == "cat")
    assert cat.errors is not None
    lost = [*(f"{cat.lost[kind]:.3f}" if cat.lost[kind] else "0" for kind in ERRORS), cat.errors.partner]
    assert ["cat", *lost] in tables.rows
    outlines = [row for row in tables.rows if row[0] == "Boundary F1"]
    assert [f"{entry.scores.boundary_f1:.3f}" for entry in found.entries] == outlines[0][1:]
    assert text.count("<svg") == 3  # intervals, classes, curves
    assert "python -m train.report bad good --question" in text
    assert str(tmp_path) not in text


def test_markdown_comes_with_its_tables(call, runs, tmp_path):
    path = tmp_path / "report.md"
    assert call("--output", path) == 0
    with (tmp_path / "report_classes.csv").open() as file:
        rows = list(csv.DictReader(file))
    good = content.collect(runs, None, "val").best
    assert [row["Class"] for row in rows] == list(good.counts.classes)
    assert [float(row["good"] or "nan") for row in rows] == pytest.approx(list(good.classes["iou"]), nan_ok=True)
    leaders = pd.read_csv(tmp_path / "report_leaderboard.csv").set_index("Model")
    assert leaders.loc["good", "mIoU"] == pytest.approx(good.scores.miou)
    lines = path.read_text().splitlines()
    assert sum(line.startswith("| Class | Boundary | Confusion |") for line in lines) == 2
    assert f"| good | {good.scores.miou:.3f} |" in next(line for line in lines if line.startswith("| good"))


def test_nothing_is_written_without_scores_or_with_other_classes(runs, tmp_path):
    unscored = scored.make(tmp_path / "unscored", epochs=1)
    with pytest.raises(UserError, match=facts("unscored", "python -m train.evaluate unscored", "--split val")):
        content.collect([unscored], None, "val")
    stale = scored.make(tmp_path / "stale", epochs=1, scores={"val": scored.evaluation(PETS, 0.3)})
    stale.weights.write_bytes(b"others")
    with pytest.raises(UserError, match=facts("stale", "present weights")):
        content.collect([stale], None, "val")
    pets = scored.make(tmp_path / "pets", epochs=1, scores={"val": scored.evaluation(PETS, 0.3)})
    with pytest.raises(UserError, match=facts("pets", "--dataset voc2012")):
        content.collect([runs[0], pets], None, "val")
    shared = scored.evaluation_in_shared_classes({"pet": ("cat", "dog")}, "voc2012", 0.1)
    both = scored.make(tmp_path / "both", epochs=1, scores={"val": scored.evaluation(PETS, 0.3), "voc2012/val": shared})
    with pytest.raises(UserError, match=facts("both", "other classes", "pet")):
        content.collect([runs[0], both], None, "val")
    assert content.collect([both], "voc2012", "val").best.scores.dataset == "voc2012"


def test_a_network_in_int8_has_its_own_scores(tmp_path, monkeypatch):
    plain = scored.make(tmp_path / "zoo" / "pets", epochs=1, scores={"val": scored.evaluation(PETS, 0.2)})
    in_int8 = scored.evaluation(PETS, 0.4)
    view = scored.in_int8(plain, {"val": in_int8})
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    for one in (view, registry.find("pets · int8")):
        (entry,) = content.collect([one], None, "val").entries
        assert (entry.name, entry.scores.miou) == ("pets · int8", in_int8["miou"])
    assert content.collect([plain], None, "val").best.scores.miou != in_int8["miou"]


def test_a_network_and_itself_in_int8_are_two_models(tmp_path, monkeypatch):
    plain = scored.make(tmp_path / "runs" / "pets", epochs=1, scores={"val": scored.evaluation(PETS, 0.2)})
    scored.in_int8(plain, {"val": scored.evaluation(PETS, 0.4)})
    monkeypatch.chdir(tmp_path)
    given = ["runs/pets", "runs/pets · int8", "./runs/pets"]
    monkeypatch.setattr("sys.argv", ["train.report", *given, "--output", "report.md"])
    assert report.main() == 0
    leaders = pd.read_csv(tmp_path / "report_leaderboard.csv")
    assert leaders["Model"].tolist() == ["pets", "pets · int8"]
    assert "python -m train.report runs/pets 'runs/pets · int8' --output" in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize("place", ["zoo", "runs"])
def test_scores_in_float32_are_none_of_a_network_in_int8(tmp_path, monkeypatch, place):
    plain = scored.make(tmp_path / place / "pets", epochs=1, scores={"val": scored.evaluation(PETS, 0.2)})
    scored.in_int8(plain)
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    view = registry.find(f"{plain.path} · int8")
    with pytest.raises(UserError, match=facts("python -m train.evaluate pets --precision int8 --split val")):
        content.collect([view], None, "val")


def test_models_on_other_pictures_are_listed_but_not_compared(runs, tmp_path):
    other = scored.make(
        tmp_path / "other",
        "voc_mobilenetv2_pix2pix.yaml",
        epochs=1,
        scores={"val": scored.evaluation(VOC, 0.3, 20, ["boat"])},
    )
    found = content.collect([*runs, other], None, "val")
    (sentence,) = [sentence for sentence in found.sentences if "other" in sentence.split()]
    assert mentions(sentence, "different images")


@pytest.mark.parametrize("output", ["report.pdf", "absent/report.html"])
def test_a_wrong_output_is_refused(call, tmp_path, output):
    with pytest.raises(UserError, match="--output"):
        call("--output", tmp_path / output)


def test_names_from_elsewhere_are_text_in_html(runs, tmp_path, call):
    path = tmp_path / "report.html"
    bold = scored.make(
        tmp_path / "plain",
        "voc_mobilenetv2_pix2pix.yaml",
        epochs=2,
        scores={"val": scored.evaluation(VOC, 0.1, 30, ["boat"])},
    )
    odd = bold.path.rename(tmp_path / "a<i>b&c")
    assert call(odd, "--output", path) == 0
    assert "<i>b&" not in path.read_text()
    assert "a&lt;i&gt;b&amp;c" in path.read_text()


@pytest.mark.browser
def test_it_opens_in_a_browser_in_both_themes_and_on_a_phone(call, tmp_path, browser):
    path = tmp_path / "report.html"
    call("--output", path)
    backgrounds = set()
    for scheme, width in (("light", 1200), ("dark", 1200), ("light", 390)):
        with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
            page = context.new_page()
            asked: list[str] = []
            said: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(path.as_uri())
            assert asked == [path.as_uri()]
            assert said == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            label = page.locator("svg text", has_text="good").first
            colour = "element => getComputedStyle(element).fill"
            assert label.evaluate(colour) == page.locator("h1").evaluate("element => getComputedStyle(element).color")
            backgrounds.add(label.evaluate(colour))
    assert len(backgrounds) == 2


def test_pictures_of_a_published_model_are_the_worst_and_best(shared_data, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    run = registry.find("pets_unet")
    found = content.collect([run], None, "val")
    examples = pictures.gallery(found, shared_data).examples["pets_unet"]
    ranked = found.best.images
    expected = [*ranked["id"][: pictures.WORST], *ranked["id"][::-1][: pictures.BEST]]
    assert [example.caption.split(": ")[1].split(",")[0] for example in examples] == expected
    path = tmp_path / "report.html"
    monkeypatch.setattr(
        "sys.argv", ["train.report", "pets_unet", "--output", str(path), "--data-dir", str(shared_data)]
    )
    assert report.main() == 0
    assert path.stat().st_size < MOST_BYTES
    assert path.read_text().count("data:image/webp") == len(expected)


def test_pictures_of_other_files_are_left_out_with_the_reason(runs, tmp_path):
    found = pictures.gallery(content.collect(runs, None, "val"), tmp_path)
    assert found.examples == {}
    assert "voc2012" in found.reason


def test_a_path_is_not_lost_when_two_models_have_one_name(tmp_path):
    same = [
        scored.make(Path(tmp_path / folder / "same"), epochs=1, scores={"val": scored.evaluation(PETS, errors)})
        for folder, errors in (("a", 0.2), ("b", 0.4))
    ]
    names = [entry.name for entry in content.collect(same, None, "val").entries]
    assert names == [f"same ({tmp_path / 'a'})", f"same ({tmp_path / 'b'})"]


def test_models_called_like_the_tables_own_columns_have_columns_of_their_own(runs, tmp_path):
    found = content.collect(runs, None, "val")
    names = ("Class", "Share of the truth")
    split = {"subsets": {"from": 0.25}}
    entries = [
        replace(entry, name=name, scores=entry.scores.model_copy(update=split))
        for entry, name in zip(found.entries, names, strict=True)
    ]
    odd = replace(found, entries=tuple(entries))
    table = odd.class_table()
    assert table.columns.tolist() == [*names, *odd.class_columns()]
    assert table["Class"].tolist() == list(found.best.counts.classes)
    np.testing.assert_array_equal(table[odd.class_columns()].to_numpy(), found.class_table().iloc[:, 2:].to_numpy())
    leaders = odd.leaderboard()
    assert (leaders["mIoU from"][0], leaders["mIoU from (subset)"][0]) == (odd.best.interval[0], 0.25)
    assert f"{odd.best.scores.miou:.3f}" in writing._html_table(writing._turned(leaders))
    assert {path.name for path in writing.write_markdown(tmp_path / "a.md", odd, "")} == {
        "a_leaderboard.csv",
        "a_classes.csv",
    }
