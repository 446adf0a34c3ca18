"""What every page and command needs of a segmentation model, whether it was trained here or came as a file."""

from abc import ABC, abstractmethod
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from configs import paths
from configs.errors import UserError
from configs.files import sha256
from data.dataset import Dataset
from data.label_space import LabelSpace
from models.inference.formats import Precision
from models.runs.evaluation import Evaluation, SplitScores

MAX_CARD_BYTES = 1 << 16
"""The largest model card; ours have 6 kB, and a browser draws each of its tables and links."""
MAX_EVALUATION_BYTES = 64_000_000
"""The largest ``evaluation.json``; that of 100,000 pictures and 21 classes has 45 MB."""


class Model(ABC):
    """A model in a folder of its own, with the scores it was given in ``evaluation.json``.

    Attributes:
        path: The folder; its name is the model's.
        published: Whether it comes with SegDeck, in ``models/zoo``.
        precision: The arithmetic it is always computed in, or None for the usual one.
    """

    path: Path
    published: bool
    precision: Precision | None = None

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def identity(self) -> tuple[Path, Precision | None]:
        """What tells it from every other model: a run and the same run in int8 lie in one folder."""
        return self.path, self.precision

    @property
    @abstractmethod
    def dataset(self) -> Dataset:
        """The dataset whose classes it predicts; a model with classes of its own describes them in the same form."""

    @property
    def label_space(self) -> LabelSpace:
        """The classes of the ids it predicts."""
        return self.dataset.label_space

    @property
    @abstractmethod
    def weights(self) -> Path:
        """The main file that predictions come from."""

    @property
    def is_ready(self) -> bool:
        """Whether it can predict."""
        return self.weights.is_file()

    def size_bytes(self) -> int | None:
        """Return the size of the network's files, or None if there is none. Raises ``OSError`` if it is not ready."""
        return self.weights.stat().st_size

    @abstractmethod
    def digest(self) -> str:
        """Return a SHA-256 of everything its predictions depend on. Raises ``OSError`` if it is not ready."""

    def digest_if_ready(self) -> str | None:
        """Return the digest, or None if the model is not ready, also if its files go away meanwhile."""
        try:
            return self.digest() if self.is_ready else None
        except OSError:
            return None

    @property
    @abstractmethod
    def network(self) -> str:
        """The network in a word or two, such as its architecture."""

    @property
    @abstractmethod
    def input_size(self) -> tuple[int, int] | None:
        """Height and width of the network's input in pixels; None if there is no network."""

    @property
    @abstractmethod
    def resize(self) -> Literal["stretch", "letterbox"] | None:
        """How an image is brought to ``input_size``; None if there is no network."""

    @property
    @abstractmethod
    def smallest_object(self) -> float:
        """Least area of an object, as a share of the image's pixels."""

    @property
    def subsets(self) -> dict[str, list[str]]:
        """Classes to average in additional mean IoUs, by the name of each."""
        return {}

    @property
    @abstractmethod
    def state(self) -> str:
        """Where the model comes from and how far it is, in a few words."""

    @abstractmethod
    def missing_weights_reason(self) -> str:
        """Return why a model that is not ready is not, as a clause to end a sentence with."""

    def training_images(self) -> frozenset[str] | None:
        """Return the SHA-256 of the images it was trained on, or None if nobody knows, as of models from elsewhere.

        Raises ``UserError`` if they should be known, but can't be read.
        """
        return None

    def fault(self) -> str | None:
        """Return why its description is not valid, or None."""
        try:
            _ = self.dataset
        except UserError as error:
            return str(error)
        return None

    def parameters(self) -> int | None:
        """Count the network's parameters, or return None if they can't be counted."""
        return None

    @abstractmethod
    def network_facts(self) -> dict[str, Any]:
        """Return what determines the network's latency, as JSON; its weights make no difference."""

    @property
    def card(self) -> str | None:
        """The model card in Markdown, or None if there is none, or only a file too large to be one."""
        return read_text(self.path / "card.md", MAX_CARD_BYTES)

    def evaluation(self) -> Evaluation | None:
        """Return the content of ``evaluation.json``, or None if it is missing or can't be read."""
        content = self._evaluation()
        return content if isinstance(content, Evaluation) else None

    def evaluation_fault(self) -> str | None:
        """Return why ``evaluation.json`` can't be read, or None if it can be or doesn't exist."""
        content = self._evaluation()
        return content if isinstance(content, str) else None

    @property
    def scores_file(self) -> Path:
        """Where scores that are computed here are kept: published models are not changed."""
        if self.published:
            return paths.runs_dir() / ".scores" / f"{self.path.name}.json"
        return self.path / "evaluation.json"

    def evaluation_here(self) -> Evaluation | None:
        """Return the content of ``scores_file``, or None if it is missing or can't be read."""
        content = self.evaluation_in(self.scores_file)
        return content if isinstance(content, Evaluation) else None

    def scores(self, split: str) -> SplitScores | None:
        """Return the scores on a split, or None if there are none or they are invalid."""
        evaluation = self.evaluation()
        return evaluation.splits.get(split) if evaluation else None

    def evaluation_in(self, file: Path) -> Evaluation | str | None:
        """Return its scores in a file, which has those of all its precisions; otherwise as ``read_evaluation``."""
        content = read_evaluation(file)
        return content.of(self.precision) if isinstance(content, Evaluation) else content

    def _evaluation(self) -> Evaluation | str | None:
        return self.evaluation_in(self.path / "evaluation.json")


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file; it is read again only when it has changed. Raises ``OSError``."""
    state = path.stat()
    return _sha256(path, state.st_mtime_ns, state.st_size)


def read_text(path: Path, most: int) -> str | None:
    """Return the text of a file, or None if it can't be read or has more than ``most`` bytes."""
    try:
        if path.stat().st_size > most:
            return None
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def read_evaluation(file: Path) -> Evaluation | str | None:
    """Return the evaluation in a file, why it can't be read, or None if there is none."""
    try:
        state = file.stat()
    except OSError:
        return None
    return _read_evaluation(file, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=256)
def _sha256(path: Path, changed: int, size: int) -> str:
    return sha256(path)


@lru_cache(maxsize=128)
def _read_evaluation(file: Path, changed: int, size: int, inode: int) -> Evaluation | str:
    """Parse an evaluation only if the file has changed; return the reason if it can't be parsed."""
    text = read_text(file, MAX_EVALUATION_BYTES)
    if text is None:
        return f"the file can't be read, or has more than {MAX_EVALUATION_BYTES:,} bytes"
    try:
        return Evaluation.parse(text)
    except ValueError as error:
        return f"invalid JSON: {error}"
