"""What a visitor has chosen to compare; it outlives a change of page and is written into the page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from configs.errors import UserError
from models.runs.run import Run
from pages.compare.ground_truth import Truth
from pages.shared.content import images, predictions
from pages.shared.content.dataset_items import Place
from pages.shared.content.images import Picture
from pages.shared.ui.layout import sentence

MAX_OPENED = 8
"""Pictures of datasets kept at hand beside the uploads; of more, the one opened first goes."""

SHARES, OBJECTS, AGREEMENT, TRUTH, DOWNLOAD = "Shares", "Objects", "Agreement", "Ground truth", "Take away"
VIEWS = {"shares": SHARES, "objects": OBJECTS, "agreement": AGREEMENT, "truth": TRUTH, "download": DOWNLOAD}
"""What is told below the viewer: the name in the address, and on the page."""

_KEY = "compare"
_IN_ADDRESS = ("models", "sample", "dataset", "split", "id", "view")


@dataclass
class Selection:
    """One visitor's choice; Streamlit drops the state of a widget that is not drawn, this stays.

    Attributes:
        uploads: Digest to picture, in the order of arrival.
        opened: Digest to picture of a dataset, in the order in which they were opened.
        picture: Digest of the picture shown, or None for the first one.
        models: Names of the models chosen by hand, or None as long as they follow the picture.
        truths: Digest of a picture to the mask that was uploaded for it.
        view: What is told below the viewer, a key of ``VIEWS``.
        problems: One sentence for each file of the last upload that is not shown.
        truth_problem: Why the last uploaded mask was refused, in a sentence, or nothing.
        round: Grows with every upload, so that the next uploader starts empty.
        link: What this page last wrote into its address.
        moved: Whether a control was moved since the address was last looked at.
    """

    uploads: dict[str, Picture] = field(default_factory=dict)
    opened: dict[str, Picture] = field(default_factory=dict)
    picture: str | None = None
    models: list[str] | None = None
    truths: dict[str, Truth] = field(default_factory=dict)
    view: str = "shares"
    problems: list[str] = field(default_factory=list)
    truth_problem: str = ""
    round: int = 0
    link: dict[str, str] = field(default_factory=dict)
    moved: bool = False

    def take(self, files: Sequence[images.File]) -> None:
        """Add uploaded files and show the first new one that is a picture, or else the first that is here already."""
        held, refused = images.take(files, self.uploads)
        opened, unreadable = images.openable({digest: held[digest] for digest in held if digest not in self.uploads})
        self.problems = unreadable + refused
        self.uploads = self.uploads | opened
        self.round += 1
        again = (digest for digest in map(images.digest_of, files) if digest in self.uploads)
        if first := next(iter(opened), None) or next(again, None):
            self.choose(first)

    def open(self, picture: Picture) -> None:
        """Keep a dataset's picture at hand and show it."""
        self.opened[picture.digest] = picture
        for digest in list(self.opened)[:-MAX_OPENED]:
            del self.opened[digest]
        self.choose(picture.digest)

    def choose(self, digest: str) -> None:
        """Show another picture."""
        self.picture, self.truth_problem, self.moved = digest, "", True

    def remove(self, digest: str) -> None:
        """Forget a picture, and what was uploaded for it."""
        self.uploads.pop(digest, None)
        self.opened.pop(digest, None)
        self.truths.pop(digest, None)
        self.problems, self.moved = [], True

    def choose_models(self, names: Sequence[str]) -> None:
        """Compare these models, whatever the picture."""
        self.models, self.moved = list(names), True

    def choose_view(self, title: str) -> None:
        """Tell something else below the viewer."""
        self.view, self.moved = next(name for name, known in VIEWS.items() if known == title), True

    def take_truth(self, picture: Picture, dataset: str, file: images.File) -> None:
        """Take an uploaded mask for a picture, or remember why not."""
        try:
            self.truths[picture.digest] = Truth.uploaded(picture, dataset, file.name, file.getvalue())
            self.truth_problem = ""
        except UserError as error:
            self.truth_problem = f"{error}."
        self.round += 1

    def pictures(self) -> list[Picture]:
        """Return all pictures to choose from: the visitor's own, those opened from datasets, then the samples."""
        brought = images.sample_pictures()  # first: it may take long, and meanwhile another run may take uploads
        return [*(self.uploads | self.opened).values(), *brought]

    def shown(self, models: Mapping[str, Run]) -> Picture:
        """Return the picture shown; before any choice, an upload, else the sample that suits most models."""
        offered = self.pictures()
        for picture in offered:
            if picture.digest == self.picture:
                return picture
        kinds = [models[name].dataset.kind for name in self.models or models if name in models]
        first = max(offered, key=lambda one: (one.sample is None, sum(kind in one.kinds for kind in kinds)))
        self.picture = first.digest
        return first

    def chosen(self, models: dict[str, Run], picture: Picture) -> list[str]:
        """Return the names of the models to run; those chosen by hand, else those that suit the picture."""
        if self.models is None:
            return predictions.fitting(models, picture)
        return [name for name in self.models if name in models]

    def follow_link(self, models: Mapping[str, Run]) -> list[str]:
        """Take over what the page's address asks for, if a visitor came by a link.

        Returns:
            One sentence for each thing in it that is not here.
        """
        asked = {name: st.query_params[name] for name in _IN_ADDRESS if name in st.query_params}
        moved, self.moved = self.moved, False
        # A control that was just moved comes first: the browser may not have heard of the latest address yet.
        if not asked or asked == self.link or moved:
            return []
        self.link = asked  # this run may be interrupted before it writes one
        problems = self._follow_models(asked["models"], models) if "models" in asked else []
        if "dataset" in asked:
            problems += self._follow_place(Place(asked["dataset"], asked.get("split", "val"), asked.get("id", "")))
        elif "sample" in asked:
            problems += self._follow_sample(asked["sample"])
        self.view = asked.get("view", "shares")
        if self.view not in VIEWS:
            problems.append(f"There is no view {self.view}; there are {', '.join(VIEWS)}.")
            self.view = "shares"
        self.moved = False
        return problems

    def _follow_models(self, asked: str, models: Mapping[str, Run]) -> list[str]:
        names = list(dict.fromkeys(name for name in asked.split(",") if name))
        self.models = [name for name in names if name in models] or None
        return [f"There is no model {name} here." for name in names if name not in models]

    def _follow_place(self, place: Place) -> list[str]:
        try:
            self.open(images.dataset_picture(place))
        except UserError as error:
            return [f"{sentence(str(error))}."]
        return []

    def _follow_sample(self, name: str) -> list[str]:
        samples = {picture.sample: picture.digest for picture in images.sample_pictures()}
        if name in samples:
            self.choose(samples[name])
            return []
        return [f"There is no sample picture {name}; there are {', '.join(str(known) for known in samples)}."]

    def write_link(self, picture: Picture, chosen: Sequence[str]) -> None:
        """Put the choice into the page's address, so that it can be shared; uploads stay out of it."""
        written, self.link = self.link, {"models": ",".join(chosen)} if chosen else {}
        if picture.sample:
            self.link["sample"] = picture.sample
        elif picture.place:
            self.link |= {"dataset": picture.place.dataset, "split": picture.place.split, "id": picture.place.id}
        if self.view != "shares":
            self.link["view"] = self.view
        # What the browser sent may be older than what it was last told, and is no proof of what its address bar says.
        if written != self.link or st.query_params.to_dict() != self.link:
            st.query_params.from_dict(self.link)


def selection() -> Selection:
    """Return the choice of the visitor whose page is being drawn."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Selection()
    found = st.session_state[_KEY]
    assert isinstance(found, Selection)
    return found
