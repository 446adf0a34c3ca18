"""What a visitor has chosen to compare; it outlives a change of page and is written into the page's address."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from models.runs import Run
from pages.components import answers, pictures
from pages.components.pictures import Picture

_KEY = "compare"


@dataclass
class Selection:
    """One visitor's choice; Streamlit drops the state of a widget that is not drawn, this stays.

    Attributes:
        uploads: Digest to picture, in the order of arrival.
        picture: Digest of the picture shown, or None for the first one.
        models: Names of the models chosen by hand, or None as long as they follow the picture.
        problems: One sentence for each file of the last upload that is not shown.
        round: Grows with every upload, so that the next uploader starts empty.
        link: What this page last wrote into its address.
    """

    uploads: dict[str, Picture] = field(default_factory=dict)
    picture: str | None = None
    models: list[str] | None = None
    problems: list[str] = field(default_factory=list)
    round: int = 0
    link: dict[str, str] = field(default_factory=dict)

    def take(self, files: Sequence[pictures.File]) -> None:
        """Add uploaded files and show the first new one that is a picture."""
        held, refused = pictures.take(files, self.uploads)
        opened, unreadable = pictures.openable(held)
        self.problems = unreadable + refused
        new = [digest for digest in opened if digest not in self.uploads]
        self.uploads = opened
        self.round += 1
        if new:
            self.picture = new[0]

    def choose(self, digest: str) -> None:
        """Show another picture."""
        self.picture = digest

    def remove(self, digest: str) -> None:
        """Forget an upload."""
        self.uploads.pop(digest, None)
        self.problems = []

    def pictures(self) -> list[Picture]:
        """Return all pictures to choose from: the visitor's own, then the samples."""
        return [*self.uploads.values(), *pictures.sample_pictures()]

    def shown(self, models: dict[str, Run]) -> Picture:
        """Return the picture shown; before any choice, an upload, else a sample that suits the first model."""
        offered = self.pictures()
        for picture in offered:
            if picture.digest == self.picture:
                return picture
        kind = next(iter(models.values())).dataset.kind if models else ""
        first = next((picture for picture in offered if picture.sample is None or kind in picture.kinds), offered[0])
        self.picture = first.digest
        return first

    def chosen(self, models: dict[str, Run], picture: Picture) -> list[str]:
        """Return the names of the models to run; those chosen by hand, else those that suit the picture."""
        if self.models is None:
            return answers.fitting(models, picture)
        return [name for name in self.models if name in models]

    def follow_link(self, models: dict[str, Run]) -> list[str]:
        """Take over what the page's address asks for, if a visitor came by a link.

        Returns:
            One sentence for each thing in it that is not here.
        """
        asked = {name: st.query_params[name] for name in ("models", "sample") if name in st.query_params}
        if not asked or asked == self.link:
            return []
        problems = []
        if "models" in asked:
            names = list(dict.fromkeys(name for name in asked["models"].split(",") if name))
            self.models = [name for name in names if name in models] or None
            problems += [f"There is no model {name} here." for name in names if name not in models]
        if "sample" in asked:
            samples = {picture.sample: picture.digest for picture in pictures.sample_pictures()}
            if asked["sample"] in samples:
                self.picture = samples[asked["sample"]]
            else:
                known = ", ".join(str(name) for name in samples)
                problems.append(f"There is no sample picture {asked['sample']}; there are {known}.")
        return problems

    def write_link(self, picture: Picture, chosen: Sequence[str]) -> None:
        """Put the choice into the page's address, so that it can be shared; uploads stay out of it."""
        self.link = {"models": ",".join(chosen)} if chosen else {}
        if picture.sample:
            self.link["sample"] = picture.sample
        st.query_params.from_dict(self.link)


def selection() -> Selection:
    """Return the choice of the visitor whose page is being drawn."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Selection()
    found = st.session_state[_KEY]
    assert isinstance(found, Selection)
    return found
