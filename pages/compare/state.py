"""What a visitor has selected on Compare; kept across pages and written into the page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from configs.errors import UserError
from data.dataset import Dataset
from models.runs.model import Model
from pages.compare.default_models import default_models
from pages.compare.ground_truth import GroundTruth, Upload
from pages.compare.uploads import UploadedFile, add_uploads, decodable, digest_of
from pages.shared.content import images
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import Picture
from pages.shared.ui.layout import sentence

MAX_OPENED = 8
"""Pictures of datasets kept beside the uploads; beyond that, the one opened first is dropped."""

VIEWS = {
    "shares": "Shares",
    "objects": "Objects",
    "agreement": "Agreement",
    "truth": "Ground truth",
    "download": "Take away",
}
"""The tabs below the viewer: name in the address to title on the page."""

_KEY = "compare"
_IN_ADDRESS = ("models", "sample", "dataset", "split", "id", "view")


@dataclass
class Selection:
    """One visitor's selection; unlike the state of a widget, it is kept while the page is not drawn.

    Attributes:
        uploads: Digest to picture, in the order of arrival.
        opened: Digest to picture of a dataset, in the order in which they were opened.
        picture: Digest of the picture shown, or None for the first one.
        models: Names of the models chosen by hand, or None while they follow the picture.
        masks: Digest of a picture to the mask uploaded for it.
        view: The open tab below the viewer, a key of ``VIEWS``.
        problems: One sentence for each file of the last upload that was refused.
        mask_problem: Why the last uploaded mask was refused, in a sentence, or empty.
        round: Number of uploads so far; part of the uploaders' keys, so that the next one starts empty.
        link: The query parameters that this page last wrote into its address.
        link_problems: One sentence for each value of the link that was not used, until a control is.
        changed: Whether a control was used since the address was last read.
        awaited: Whether pictures were uploaded on another page, which has to lead to this one; until it is drawn.
    """

    uploads: dict[str, Picture] = field(default_factory=dict)
    opened: dict[str, Picture] = field(default_factory=dict)
    picture: str | None = None
    models: list[str] | None = None
    masks: dict[str, GroundTruth] = field(default_factory=dict)
    view: str = "shares"
    problems: list[str] = field(default_factory=list)
    mask_problem: str = ""
    round: int = 0
    link: dict[str, str] = field(default_factory=dict)
    link_problems: list[str] = field(default_factory=list)
    changed: bool = False
    awaited: bool = False

    def add_uploads(self, files: Sequence[UploadedFile]) -> None:
        """Add uploaded files and show the first new picture among them, or else the first one already held."""
        held, refused = add_uploads(files, self.uploads)
        new, unreadable = decodable({digest: held[digest] for digest in held if digest not in self.uploads})
        self.problems = unreadable + refused
        self.uploads = self.uploads | new
        self.round += 1
        already_held = (digest for digest in map(digest_of, files) if digest in self.uploads)
        if first := next(iter(new), None) or next(already_held, None):
            self.show(first)

    def open(self, picture: Picture) -> None:
        """Add a dataset's picture to the pictures to choose from, and show it."""
        self.opened[picture.digest] = picture
        for digest in list(self.opened)[:-MAX_OPENED]:
            del self.opened[digest]
        self.show(picture.digest)

    def show(self, digest: str) -> None:
        """Show another picture."""
        self.picture, self.mask_problem, self.changed = digest, "", True

    def remove(self, digest: str) -> None:
        """Remove a picture and the mask uploaded for it."""
        self.uploads.pop(digest, None)
        self.opened.pop(digest, None)
        self.masks.pop(digest, None)
        self.problems, self.changed = [], True

    def choose_models(self, names: Sequence[str]) -> None:
        """Compare these models, whichever picture is shown."""
        self.models, self.changed = list(names), True

    def choose_view(self, title: str) -> None:
        """Open another tab below the viewer."""
        self.view, self.changed = next(name for name, known in VIEWS.items() if known == title), True

    def add_mask(self, picture: Picture, dataset: Dataset, file: UploadedFile) -> None:
        """Add an uploaded mask to a picture, or record why it was refused."""
        try:
            self.masks[picture.digest] = GroundTruth.uploaded(picture, dataset, file.name, file.getvalue())
            self.mask_problem = ""
        except UserError as error:
            self.mask_problem = f"{error}."
        self.round += 1

    def change_mask(self, picture: Picture, upload: Upload) -> None:
        """Read or turn the mask of a picture in another way."""
        self.masks[picture.digest] = replace(self.masks[picture.digest], upload=upload)

    def pictures(self) -> list[Picture]:
        """Return all pictures to choose from: the visitor's own, those opened from datasets, then the samples."""
        samples = images.sample_pictures()  # first: it may take long, and another run may add uploads meanwhile
        return [*(self.uploads | self.opened).values(), *samples]

    def shown(self, models: Mapping[str, Model]) -> Picture:
        """Return the picture shown; before any choice, an upload, else the sample that suits most models."""
        offered = self.pictures()
        for picture in offered:
            if picture.digest == self.picture:
                return picture
        kinds = [models[name].dataset.kind for name in self.models or models if name in models]
        first = max(offered, key=lambda one: (one.sample is None, sum(kind in one.kinds for kind in kinds)))
        self.picture = first.digest
        return first

    def model_names(self, models: dict[str, Model], picture: Picture) -> list[str]:
        """Return the names of the models to run: those chosen by hand, else those that suit the picture."""
        if self.models is None:
            return default_models(models, picture)
        return [name for name in self.models if name in models]

    def follow_link(self, models: Mapping[str, Model]) -> list[str]:
        """Apply the address's query parameters if the visitor followed a link; return a sentence per unused value."""
        parameters = st.query_params.to_dict()
        changed, self.changed = self.changed, False
        # A control that was just used comes first: the browser may not have received the latest address yet.
        if changed or not parameters:
            self.link_problems = []
        if not parameters or parameters == self.link or changed:
            return self.link_problems
        self.link = parameters  # this run may be interrupted before it writes the link
        problems = _unused(parameters)
        if "models" in parameters:
            problems += self._follow_models(parameters["models"], models)
        if "dataset" in parameters:
            item = DatasetItem(parameters["dataset"], parameters.get("split", "val"), parameters.get("id", ""))
            problems += self._follow_item(item)
        elif "sample" in parameters:
            problems += self._follow_sample(parameters["sample"])
        self.view = parameters.get("view", "shares")
        if self.view not in VIEWS:
            problems.append(f"There is no view {self.view}; there are {', '.join(VIEWS)}.")
            self.view = "shares"
        self.changed, self.link_problems = False, problems
        return problems

    def _follow_models(self, parameter: str, models: Mapping[str, Model]) -> list[str]:
        names = list(dict.fromkeys(name for name in parameter.split(",") if name))
        self.models = [name for name in names if name in models] or None
        return [f"There is no model {name} here." for name in names if name not in models]

    def _follow_item(self, item: DatasetItem) -> list[str]:
        try:
            self.open(images.dataset_picture(item))
        except UserError as error:
            return [f"{sentence(str(error))}."]
        return []

    def _follow_sample(self, name: str) -> list[str]:
        samples = {picture.sample: picture.digest for picture in images.sample_pictures()}
        if name in samples:
            self.show(samples[name])
            return []
        return [f"There is no sample picture {name}; there are {', '.join(str(known) for known in samples)}."]

    def write_link(self, picture: Picture, names: Sequence[str]) -> None:
        """Write the selection into the page's address, so that it can be shared; uploads are left out."""
        written, self.link = self.link, {"models": ",".join(names)} if names else {}
        if picture.sample:
            self.link["sample"] = picture.sample
        elif picture.item:
            self.link |= {"dataset": picture.item.dataset, "split": picture.item.split, "id": picture.item.id}
        if self.view != "shares":
            self.link["view"] = self.view
        # The query parameters that the browser sent may be older than those it was sent last.
        if written != self.link or st.query_params.to_dict() != self.link:
            st.query_params.from_dict(self.link)


def _unused(parameters: Mapping[str, str]) -> list[str]:
    """Return a sentence for each parameter of a link that does not go with the others, or is none of this page's."""
    reasons = dict.fromkeys((name for name in parameters if name not in _IN_ADDRESS), "which nothing here uses")
    if "dataset" in parameters:
        reasons["sample"] = f"but also for a picture of the dataset {parameters['dataset']}"
    else:
        reasons |= dict.fromkeys(("split", "id"), "but for no dataset that has it; add dataset=")
    return [
        f"The link asks for {name}={parameters[name]}, {why}." for name, why in reasons.items() if name in parameters
    ]


def current_selection() -> Selection:
    """Return the selection of the visitor whose page is being drawn."""
    selection = st.session_state.setdefault(_KEY, Selection())
    assert isinstance(selection, Selection)
    return selection
