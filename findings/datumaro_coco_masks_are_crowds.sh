#!/usr/bin/env bash
# Datumaro writes every mask as a crowd of COCO, which COCO's own scorer ignores: a perfect prediction scores -1.
#
# datumaro 1.13.12, pycocotools 2.0.11, numpy 2.4.6, Python 3.11, x86-64.
# One and the same object, exported as `coco_instances`, is an ordinary object (iscrowd 0) if it was a polygon, and a
# crowd (iscrowd 1) with run lengths if it was a mask. In COCO a crowd is a region of several objects that nobody told
# apart; `COCOeval` neither counts it as something to find nor as a false positive. In a dataset of masks nothing is left
# to find, so average precision is -1, which stands for "no ground truth".
# A reader that leaves crowds out, as many training pipelines do, gets an empty dataset.
#
# Output seen:
#   one mask: iscrowd 1, run lengths, AP of the perfect prediction -1
#   one polygon: iscrowd 0, outline, AP of the perfect prediction 1
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    datumaro==1.13.12 pycocotools==2.0.11 numpy==2.4.6

"$folder/venv/bin/python" - "$folder" << 'PROGRAM' | tee "$folder/seen"
import contextlib
import io
import json
import logging
import sys
from pathlib import Path

import numpy as np
from datumaro import Dataset, DatasetItem, Image, Mask, Polygon
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

logging.disable(logging.CRITICAL)
square = np.zeros((40, 60), bool)
square[5:25, 10:30] = True
objects = {"mask": Mask(square, label=0, group=1), "polygon": Polygon([10, 5, 30, 5, 30, 25, 10, 25], label=0, group=1)}
for kind, one in objects.items():
    image = Image.from_numpy(np.zeros((40, 60, 3), np.uint8))
    item = DatasetItem("picture", subset="val", media=image, annotations=[one])
    out = Path(sys.argv[1], kind)
    Dataset.from_iterable([item], categories=["cat"]).export(str(out), "coco_instances", save_media=False)
    file = out / "annotations" / "instances_val.json"
    (written,) = json.loads(file.read_text())["annotations"]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(file))
        same = {key: written[key] for key in ("image_id", "category_id")}
        perfect = truth.loadRes([same | {"segmentation": truth.annToRLE(written), "score": 1.0}])
        scored = COCOeval(truth, perfect, "segm")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    form = "run lengths" if isinstance(written["segmentation"], dict) else "outline"
    print(f"one {kind}: iscrowd {written['iscrowd']}, {form}, AP of the perfect prediction {scored.stats[0]:g}")
PROGRAM

diff - "$folder/seen" << 'EXPECTED'
one mask: iscrowd 1, run lengths, AP of the perfect prediction -1
one polygon: iscrowd 0, outline, AP of the perfect prediction 1
EXPECTED
echo "as described"
