"""Who may import what: the layers, the heavy packages, and the requirement files."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from configs import installed
from configs.paths import ROOT

PACKAGES = ("configs", "data", "models", "train", "pages", "tools", "tests")

LAYERS: dict[str, set[str]] = {
    "configs": set(),
    "data": {"configs"},
    "models": {"configs", "data"},
    "train": {"configs", "data", "models"},
    "pages": {"configs", "data", "models"},
    "streamlit_app": {"configs", "data", "models", "pages"},
}
"""What each part of the project may import besides itself."""

ROOMS = sorted(path.name for path in (ROOT / "pages").iterdir() if (path / "__init__.py").is_file())
"""The folders of ``pages/``: one per page, ``shared``, and ``server``, which only the entry page imports."""

ENTERED = {"overview": {"compare"}}
"""The rooms that a room may enter besides ``shared``: the entry page takes uploads for Compare."""

USES_KERAS = (
    "models/added/inspect_keras.py",
    "models/architectures/",
    "models/inference/channels_first.py",
    "models/inference/export.py",
    "models/inference/keras_networks.py",
    "models/runs/weights.py",
    "train/",
    "tests/",
    "tools/",
)
"""The only places that may import keras or tensorflow: everything else has to start at once."""

USED_WITHOUT_IMPORT = {
    "scikit-image": "sample pictures are read from its folder",
    "tensorboard": "the command that shows the logs of a training",
    "array_record": "tensorflow-datasets imports it to read and write, and does not require it",
    "tensorflow": "the backend that keras loads by its name",
    "scipy": "keras imports it when OpenVINO is its backend",
    "tf2onnx": "keras imports it to export to ONNX",
    "backports.strenum": "keeps the locks from a version that is for another Python",
    "jax": "the backend that keras loads by its name",
    "jaxlib": "jax asks for a range of versions; the pair was tested together",
    "pytest-timeout": "a pytest plugin",
    "pytest-xdist": "a pytest plugin",
    "pytest-rerunfailures": "a pytest plugin",
    "ruff": "a command",
    "mypy": "a command",
    "codespell": "a command",
    "types-PyYAML": "read by mypy",
    "types-tqdm": "read by mypy",
}
"""Requirements that no line of the project imports, and why they are there."""

IMPORTED_ON_DEMAND = {
    "data/video.py",
    "data/video_frames.py",
    "models/inference/quantising.py",
    "models/video/encoding.py",
    "pages/training/tensorboard_events.py",
}
"""The files of what serves the dashboard that import a package only training needs."""

INCLUDED = ("requirements-serve.txt", "requirements.txt", "requirements-dev.txt")
"""Each includes the one before it."""

SCALE = "requirements-scale.txt"
"""What spreads work over several computers; includes the second of those."""

OPTIONAL = {
    "jax": "only whoever trains on it needs it, in the build for their GPU",
    "ray": "only whoever shares work among several computers needs it",
    "onnxruntime": "a second opinion on an added ONNX file, for whoever has it",
    "torch": "an engine of the benchmark, for whoever has it",
}
"""What a program imports only where it is installed, and why it is not a requirement."""

ONLY_WITH_TORCH = "train/engines/torch_network.py"
"""Imports torch at once, and is itself imported only where torch is."""


EXPORTING = ROOT / "tests" / "exporters" / "export.py"
"""Run by another Python, with other programs' packages."""

EXPORTING_BY_ANOTHER = {"pyyaml"}
"""What it imports that ultralytics requires."""

COMPARED = ROOT / "tools" / "webrtc" / "app.py"
"""Run by another Python, which has what SegDeck is compared with."""


@dataclass(frozen=True)
class Import:
    """One imported module, and where."""

    file: Path
    line: int
    module: str
    at_start: bool
    """Whether importing the file imports it: outside of functions and of ``if TYPE_CHECKING``."""

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def sources() -> list[Path]:
    return [*ROOT.glob("*.py"), *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))]


def imports(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    yield from _walk(tree, file, at_start=True)


def _walk(node: ast.AST, file: Path, at_start: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(file, child.lineno, alias.name, at_start) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.level == 0:
            module = child.module or ""
            yield Import(file, child.lineno, module, at_start)
            yield from (Import(file, child.lineno, f"{module}.{alias.name}", at_start) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert part_of(file) == "tests", f"{file}:{child.lineno}: a relative import hides which layer it reaches"
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (item for part in child.orelse for item in _walk(ast.Module([part], []), file, at_start))
        else:
            inside = at_start and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, file, inside)


def part_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


ALL = [item for file in sources() for item in imports(file)]
OWN = {"configs", "data", "models", "train", "pages", "streamlit_app"}


def test_the_walk_finds_imports_of_every_kind():
    file = ROOT / "data" / "imaginary.py"
    text = (
        "import a.b\nfrom c import d\nif TYPE_CHECKING:\n    import e\nelse:\n    import f\n"
        "class K:\n    import g\n    def m(self):\n        import h\n"
        "try:\n    import i\nexcept ImportError:\n    pass\n"
    )
    found = list(_walk(ast.parse(text), file, at_start=True))
    assert {item.module for item in found if item.at_start} == {"a.b", "c", "c.d", "f", "g", "i"}
    assert {item.module for item in found if not item.at_start} == {"h"}


def test_dependencies_point_one_way():
    wrong = [
        str(item)
        for item in ALL
        if part_of(item.file) in LAYERS and item.top in OWN - LAYERS[part_of(item.file)] - {part_of(item.file)}
    ]
    assert wrong == []


def test_no_program_imports_tests_or_docs():
    wrong = [str(item) for item in ALL if part_of(item.file) in OWN and item.top in {"tests", "tools"}]
    assert wrong == []


def test_only_the_dashboard_imports_streamlit():
    wrong = [
        str(item)
        for item in ALL
        if item.top == "streamlit"
        and part_of(item.file) not in {"pages", "streamlit_app", "tests"}
        and item.file != COMPARED
    ]
    assert wrong == []


def test_keras_and_tensorflow_only_where_they_are_needed():
    listing = "models/architectures/__init__.py"  # names the networks without importing one
    users = {item.file.relative_to(ROOT).as_posix() for item in ALL if item.top in {"keras", "tensorflow"}}
    assert [file for file in users if not file.startswith(USES_KERAS) or file == listing] == []


def room_of(module: str) -> str:
    """Return the room of a module of ``pages``; nothing for a page script."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "pages" and parts[1] in ROOMS else ""


def test_there_is_a_room_for_every_page():
    pages = {re.sub(r"^\d+_", "", path.stem).lower() for path in (ROOT / "pages").glob("*.py")}
    assert set(ROOMS) == pages | {"overview", "shared", "server"}
    assert all((ROOT / "pages" / room / "page.py").is_file() for room in set(ROOMS) - {"shared", "server"})


def test_a_page_script_enters_only_its_room():
    for item in ALL:
        if item.file.parent == ROOT / "pages" and item.top == "pages":
            own = re.sub(r"^\d+_", "", item.file.stem).lower()
            assert room_of(item.module) in {own, "shared"}, item


def test_rooms_do_not_import_each_other():
    wrong = []
    for item in ALL:
        room = room_of(module_of(item.file))
        other = room_of(item.module)
        if room and other and other not in {room, "shared"} | ENTERED.get(room, set()):
            wrong.append(str(item))
    assert wrong == []


def test_shared_parts_know_no_streamlit_page():
    """``shared/ui`` holds what any page needs; ``shared/content`` builds on it, never the other way round."""
    wrong = [
        str(item)
        for item in ALL
        if module_of(item.file).startswith("pages.shared.ui") and item.module.startswith("pages.shared.content")
    ]
    assert wrong == []


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_there_is_no_import_cycle():
    """Imports inside functions count: they hide a cycle, they do not remove it."""
    modules = {module_of(file) for file in sources()}
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for item in ALL:
        if item.module in modules and item.module != module_of(item.file):
            graph[module_of(item.file)].add(item.module)
    assert list(cycles(graph)) == []


def cycles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Give every group of modules that import each other, by way of others or at once."""
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        yield error.args[1]


@pytest.mark.parametrize(
    ("graph", "found"),
    [({"a": {"b"}, "b": set()}, 0), ({"a": {"b"}, "b": {"a"}}, 1), ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, 1)],
)
def test_cycles_are_found(graph, found):
    assert len(list(cycles(graph))) == found


def test_only_building_a_dataset_imports_tensorflow_datasets():
    wrong = [
        str(item) for item in ALL if item.top == "tensorflow_datasets" and item.at_start and part_of(item.file) in OWN
    ]
    assert [line for line in wrong if not line.startswith("data/builder.py")] == []


def test_architectures_are_plain_keras():
    """One network trains on every backend only if nothing in it names one."""
    wrong = [
        str(item)
        for item in ALL
        if "models/architectures" in item.file.as_posix() and item.top in {"tensorflow", "jax", "torch"}
    ]
    assert wrong == []


def modules_after(program: str) -> set[str]:
    """Run ``program`` in a fresh interpreter and return the top-level modules it has loaded."""
    report = "\nimport sys\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    output = subprocess.run(
        [sys.executable, "-c", program + report], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(output.stdout.split())


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import configs.schema", {"numpy", "keras", "tensorflow"}),
        ("from models import architectures; assert 'unet' in architectures.names()", {"keras", "tensorflow"}),
        (
            "from models.runs import registry; registry.runs()",
            {"keras", "tensorflow", "streamlit", "tensorflow_datasets"},
        ),
        (
            "from data import datasets; [datasets.get(name) for name in datasets.names()]",
            {"keras", "tensorflow", "tensorflow_datasets"},
        ),
        ("import data.store, data.pipeline, data.samples", {"keras", "tensorflow"}),
        ("import models.metrics.segmentation", {"keras", "tensorflow"}),
        (
            "import models.inference.predictor, models.predict",
            {"keras", "tensorflow", "streamlit", "tensorflow_datasets"},
        ),
    ],
    ids=["configs", "architectures", "runs", "datasets", "data", "metrics", "predictor"],
)
def test_a_program_does_not_load_what_it_does_not_need(program, absent):
    loaded = modules_after(program)
    assert "configs" in loaded or "models" in loaded
    assert loaded & absent == set()


def requirements(name: str) -> dict[str, str]:
    """Return the pins of a requirements file, package to version."""
    lines = [line.strip() for line in (ROOT / name).read_text().splitlines()]
    pins = dict(line.split("==") for line in lines if line and not line.startswith(("#", "-r")))
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pins.values())
    return pins


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


SERVING = {normal(name) for name in requirements("requirements-serve.txt")}
RUNTIME = SERVING | {normal(name) for name in requirements("requirements.txt")}
DEVELOPMENT = {normal(name) for name in requirements("requirements-dev.txt")}
AT_SCALE = {normal(name) for name in requirements(SCALE)}
EXPORTED = "requirements-exporters.txt"
EXPORTERS = {normal(name) for name in requirements(EXPORTED)}
BENCHMARK = {normal(name): pin for name, pin in requirements("requirements-benchmark.txt").items()}
DISTRIBUTIONS = {module: {normal(name) for name in names} for module, names in packages_distributions().items()}


def third_party(runtime: bool) -> dict[str, str]:
    """Return the distribution of every package that is neither ours nor Python's, and one line that imports it."""
    found = {}
    for item in ALL:
        if item.top in OWN | {"tests", "tools"} | set(sys.stdlib_module_names) or item.file in {EXPORTING, COMPARED}:
            continue
        if not runtime or part_of(item.file) in OWN:
            names = DISTRIBUTIONS.get(item.top, {item.top})
            pinned = names & (RUNTIME | DEVELOPMENT)
            found[min(pinned or names)] = str(item)
    return found


def test_every_import_of_a_program_is_pinned():
    used = third_party(runtime=True)
    assert {name: line for name, line in used.items() if name not in RUNTIME | set(OPTIONAL)} == {}
    assert {
        item.file.relative_to(ROOT).as_posix()
        for item in ALL
        if item.top in OPTIONAL and item.at_start and part_of(item.file) in OWN
    } == {ONLY_WITH_TORCH}
    assert not [item for item in ALL if item.module == "train.engines.torch_network" and item.at_start]


def test_what_serves_the_dashboard_imports_the_rest_only_where_it_is_there():
    """``installed.demand`` says what to install before such an import."""
    wrong = [
        str(item)
        for item in ALL
        if part_of(item.file) in OWN - {"train"}
        and DISTRIBUTIONS.get(item.top, set()) & (RUNTIME - SERVING)
        and item.file.relative_to(ROOT).as_posix() not in IMPORTED_ON_DEMAND
    ]
    assert wrong == []


def test_every_import_of_a_test_is_pinned():
    pinned = RUNTIME | DEVELOPMENT | AT_SCALE | BENCHMARK.keys()
    assert {name: line for name, line in third_party(runtime=False).items() if name not in pinned} == {}


def test_what_is_optional_is_pinned_where_it_is_said_to_be():
    assert {"jax", "ray"} <= AT_SCALE
    assert set(installed.AT_SCALE) <= AT_SCALE & set(OPTIONAL)
    assert {name: pin for name, pin in requirements(SCALE).items() if name in DEVELOPMENT} == {
        name: requirements("requirements-dev.txt")[name] for name in ("jax", "jaxlib")
    }


def test_the_engines_of_the_benchmark_are_pinned_as_elsewhere():
    from train.engines.catalogue import KINDS, PACKAGES

    assert {module for kind in KINDS for module in kind.modules} == PACKAGES.keys()
    assert {normal(name) for name in PACKAGES.values()} == BENCHMARK.keys()
    elsewhere = {normal(name): pin for file in (*INCLUDED, EXPORTED) for name, pin in requirements(file).items()}
    assert {name: elsewhere.get(name) for name in BENCHMARK} == BENCHMARK


def test_the_exporting_programs_are_pinned_and_import_nothing_of_the_project():
    used = {item.top for item in ALL if item.file == EXPORTING} - set(sys.stdlib_module_names)
    assert used & (OWN | {"tests", "tools"}) == set()
    distributions = {name for top in used for name in DISTRIBUTIONS.get(top, {normal(top)})}
    assert distributions <= EXPORTERS | EXPORTING_BY_ANOTHER


def test_what_segdeck_is_compared_with_is_pinned():
    pins = {normal(name): pin for name, pin in requirements("requirements-webrtc.txt").items()}
    used = {item.top for item in ALL if item.file == COMPARED} - set(sys.stdlib_module_names) - OWN - {"tools"}
    distributions = {name for top in used for name in DISTRIBUTIONS.get(top, {normal(top)})}
    assert "streamlit-webrtc" in distributions & pins.keys()
    assert distributions <= pins.keys() | SERVING
    assert pins["av"] == requirements("requirements.txt")["av"]


def test_every_pin_is_used_or_has_a_reason():
    reasons = {normal(name) for name in USED_WITHOUT_IMPORT}
    assert RUNTIME - set(third_party(runtime=True)) - reasons == set()
    assert DEVELOPMENT - set(third_party(runtime=False)) - reasons == set()
    assert reasons <= RUNTIME | DEVELOPMENT


def test_the_tests_run_with_the_pinned_versions():
    pins = {name: pin for file in INCLUDED for name, pin in requirements(file).items()}
    assert {name: version(name) for name in pins} == pins
