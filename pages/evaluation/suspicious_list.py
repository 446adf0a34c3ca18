"""The list of suspicious regions: each with a crop and a tick of what a visitor found, and what saves them all."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from configs import paths
from configs.errors import UserError
from data import datasets, store
from data.label_space import LabelSpace
from data.store import Samples
from models.analysis import truth_exports
from models.analysis.suspicious_truth import Findings, SuspiciousRegion
from models.analysis.truth_exports import VERDICTS, Key, key_of
from pages.evaluation import suspicious_crop
from pages.evaluation.image_scores import ANY, named
from pages.shared.content.class_legend import class_legend
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.scores import Scores
from pages.shared.ui import charts
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState
from pages.shared.ui.pagination import pagination
from pages.shared.ui.tables import show_clickable

PER_PAGE, PICTURES_PER_PAGE = 8, 25
REGIONS, PICTURES = "Regions", "Pictures"
_VERDICTS = "suspicious_verdicts"
Ranked = tuple[int, SuspiciousRegion]
"""A region and its place in the whole list, from 1."""


def draw(state: PageState, agreeing: Sequence[Scores], samples: Samples, findings: Findings) -> None:
    """Draw the regions or the pictures, the most suspicious first, and the buttons that save the regions."""
    if not findings.regions:
        st.info("Nowhere do these models contradict the masks with confidence.", icon=":material/search_off:")
        return
    space, verdicts = samples.label_space, _verdicts(agreeing[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kinds = [REGIONS, PICTURES]
        kind = st.segmented_control("List", kinds, required=True, **state.widget("suspects", REGIONS, kinds))
        ranked = [] if kind == PICTURES else _choose(state, findings, space)
    if kind == PICTURES:
        _draw_pictures(state, findings)
    else:
        _draw_regions(ranked, agreeing, samples, verdicts)
    _draw_exports(agreeing, findings, space, verdicts)


def _verdicts(one: Scores) -> dict[Key, str]:
    """Return what the visitor said of the regions of a split, kept during the visit."""
    kept: dict[tuple[str, str], dict[Key, str]] = st.session_state.setdefault(_VERDICTS, {})
    return kept.setdefault((one.dataset, one.split), {})


def _choose(state: PageState, findings: Findings, space: LabelSpace) -> list[Ranked]:
    """Draw the choice of the mask's class, or what ends that of a picture; return the regions with their ranks."""
    ranked = list(enumerate(findings.regions, start=1))
    if picture := state.value("suspect", "", ["", *(image.id for image in findings.images)]):
        st.button("All pictures", key="all_suspects", icon=":material/close:", on_click=_open, args=(state, ""))
        return [(rank, region) for rank, region in ranked if region.image == picture]
    options = [ANY, *(space.names[index] for index in sorted({region.truth for region in findings.regions}))]
    binding = state.widget("masked", ANY, options)
    chosen = st.selectbox("Masked as", options, width=220, format_func=named(options, "any class"), **binding)
    return [(rank, region) for rank, region in ranked if chosen in {ANY, space.names[region.truth]}]


def _open(state: PageState, picture: str) -> None:
    """Turn to the regions of a picture; of all if it is empty."""
    state.set("suspects", REGIONS)
    state.set("suspect", picture)


def _draw_regions(
    regions: Sequence[Ranked], agreeing: Sequence[Scores], samples: Samples, verdicts: dict[Key, str]
) -> None:
    """Draw one page of regions, each with its crop, what it is, and the tick."""
    space, names = samples.label_space, [one.name for one in agreeing]
    st.caption(
        "Each strip shows the photograph with the region outlined, the mask as it is, and the mask as the models would "
        "have it. Large regions with much confidence come first."
    )
    st.html(class_legend(space))
    if not regions:
        st.info("None of the listed regions lies in this picture.", icon=":material/search_off:")
        return
    key = f"suspects_{samples.split}_{names}_{regions[0][0]}_{len(regions)}"
    shown = pagination(regions, PER_PAGE, f"{len(regions):,} regions", key)
    hashes = dict(zip(samples.ids, samples.hashes, strict=True))
    for rank, region in shown:
        picture, tick = st.columns([3, 1], gap="medium", vertical_alignment="center")
        item = DatasetItem(agreeing[0].dataset, samples.split, region.image)
        alt = f"{region.image}: photograph, mask and proposal around a region of {space.names[region.truth]}"
        crop = _crop(hashes[region.image], str(samples.directory), key_of(region), item, region, space)
        picture.image(crop, caption=escape_markdown(described(rank, region, names, space)), width="stretch", alt=alt)
        with tick:
            _draw_tick(region, verdicts)


@st.cache_data(max_entries=100, show_spinner=False)
def _crop(
    image: str, masks: str, key: Key, _item: DatasetItem, _region: SuspiciousRegion, _space: LabelSpace
) -> NDArray[np.uint8]:
    return suspicious_crop.crop(_item.sample(), _region, _space)


def described(rank: int, region: SuspiciousRegion, models: Sequence[str], space: LabelSpace) -> str:
    """Describe a region in a line; ``rank`` is its row in the table that is saved."""
    sure = ", ".join(f"{name} {value:.2f}" for name, value in zip(models, region.confidence, strict=True))
    change = f"{space.names[region.truth]} → {space.names[region.proposed]}"
    return f"#{rank} {region.image}: {change}, {region.pixels:,} pixels; mean confidence {sure}"


def _draw_tick(region: SuspiciousRegion, verdicts: dict[Key, str]) -> None:
    """Draw the choice of what the visitor found, which is kept when pages are turned."""
    key = f"verdict_{key_of(region)}"
    st.session_state[key] = verdicts.get(key_of(region))

    def remember() -> None:
        if said := st.session_state[key]:
            verdicts[key_of(region)] = said
        else:
            verdicts.pop(key_of(region), None)

    st.segmented_control("Looked at", VERDICTS, key=key, on_change=remember, wrap=True)


def _draw_pictures(state: PageState, findings: Findings) -> None:
    """Draw the pictures with suspicious regions as a table; a click on a row turns to its regions."""
    st.caption("Click a row to see the regions of the picture.")
    count = len(findings.images)
    shown = pagination(findings.images, PICTURES_PER_PAGE, f"{count:,} pictures", f"suspicious_pages_{count}")
    rows = [(image.id, image.share, image.regions) for image in shown]
    number = st.column_config.NumberColumn
    columns = {
        "Share": number(format="percent", help="Of the picture's scored pixels that lie in suspicious regions."),
        "Regions": number(help="How many suspicious regions it has."),
    }
    table = pd.DataFrame(rows, columns=["Picture", *columns])
    show_clickable(
        table,
        "suspicious_pictures",
        lambda row: _open(state, shown[row].id),
        column_config=columns,
        alt="Pictures with suspicious regions, the largest share first",
    )


def _draw_exports(agreeing: Sequence[Scores], findings: Findings, space: LabelSpace, verdicts: dict[Key, str]) -> None:
    """Draw the buttons that save all regions, with what the visitor said of them."""
    names, one = [one.name for one in agreeing], agreeing[0]
    looked = sum(key_of(region) in verdicts for region in findings.regions)
    more = f" {findings.left_out:,} less suspicious ones are left out." if findings.left_out else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        charts.save(lambda: truth_exports.table(findings.regions, names, space, verdicts), "suspicious_truth")
        st.download_button(
            "COCO",
            data=lambda: coco_file(one, findings.regions, names, space, verdicts),
            file_name=f"segdeck_suspicious_truth_{one.dataset}_{one.split}.json",
            mime="application/json",
            key="save_suspicious_coco",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
            help="Save the regions with their outlines, for annotation tools; the category is the proposed class.",
        )
        st.caption(f"{looked:,} of {len(findings.regions):,} regions looked at.{more}", width="content")


def coco_file(
    one: Scores, regions: Sequence[SuspiciousRegion], models: Sequence[str], space: LabelSpace, verdicts: dict[Key, str]
) -> bytes:
    """Return the regions as a file in COCO's format, with the names of the image files if these are here."""
    try:
        pairs = store.find_pairs(datasets.get(one.dataset), paths.data_dir()).get(one.split, [])
    except UserError:
        pairs = []
    files = {pair.id: pair.image.name for pair in pairs}
    return json.dumps(truth_exports.coco(regions, models, space, verdicts, files)).encode()
