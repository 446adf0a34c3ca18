#!/usr/bin/env bash
# OpenCV's INTER_NEAREST_EXACT and Pillow's NEAREST round ties now to the left, now to the right; scikit-image does not.
#
# opencv-python-headless 5.0.0.93, pillow 13.0.0, scikit-image 0.26.0, numpy 2.4.6, Python 3.11, x86-64.
# OpenCV's documentation says that INTER_NEAREST_EXACT gives the same result as the nearest-neighbour methods of PIL,
# scikit-image and MATLAB. Where the centre of a target pixel falls exactly on the border of two source pixels, OpenCV and
# Pillow take sometimes the left one and sometimes the right one, within one row. Shrinking 500 to 375 columns has 125
# such ties: 71 go left, 54 go right, so a label map differs from scikit-image's, which takes the right one every time,
# in 71 of 375 columns. Sizes without ties (300 to 224) agree everywhere.
# Comparing masks resized by two programs pixel by pixel shows this as errors one pixel wide along outlines.
#
# Output seen:
#   500 -> 375: 125 ties, OpenCV takes the left pixel in 71, Pillow in 71, scikit-image in 0
#   480 -> 300: 60 ties, OpenCV takes the left pixel in 28, Pillow in 28, scikit-image in 0
#   1000 -> 1500: 500 ties, OpenCV takes the left pixel in 291, Pillow in 291, scikit-image in 0
#   300 -> 224: 0 ties, OpenCV takes the left pixel in 0, Pillow in 0, scikit-image in 0
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 pillow==13.0.0 scikit-image==0.26.0 numpy==2.4.6

"$folder/venv/bin/python" - << 'PROGRAM' | tee "$folder/seen"
import cv2
import numpy as np
from PIL import Image
from skimage.transform import resize

for source, target in [(500, 375), (480, 300), (1000, 1500), (300, 224)]:
    columns = np.tile(np.arange(source, dtype=np.float32), (2, 1))  # each pixel holds the number of its column
    twice_centre = (2 * np.arange(target) + 1) * source  # of each target pixel, in units of 1 / (2 * target)
    ties = twice_centre % (2 * target) == 0
    right = twice_centre // (2 * target)
    found = {
        "OpenCV": cv2.resize(columns, (target, 2), interpolation=cv2.INTER_NEAREST_EXACT),
        "Pillow": np.asarray(Image.fromarray(columns).resize((target, 2), Image.Resampling.NEAREST)),
        "scikit-image": resize(columns, (2, target), order=0, anti_aliasing=False, preserve_range=True),
    }
    left = {}
    for name, resized in found.items():
        chosen = resized[0].astype(int)
        assert (chosen[~ties] == right[~ties]).all(), name
        left[name] = int((chosen == right - 1).sum())
    print(
        f"{source} -> {target}: {ties.sum()} ties, OpenCV takes the left pixel in {left['OpenCV']}, "
        f"Pillow in {left['Pillow']}, scikit-image in {left['scikit-image']}"
    )
PROGRAM

diff "$folder/seen" - << 'EXPECTED'
500 -> 375: 125 ties, OpenCV takes the left pixel in 71, Pillow in 71, scikit-image in 0
480 -> 300: 60 ties, OpenCV takes the left pixel in 28, Pillow in 28, scikit-image in 0
1000 -> 1500: 500 ties, OpenCV takes the left pixel in 291, Pillow in 291, scikit-image in 0
300 -> 224: 0 ties, OpenCV takes the left pixel in 0, Pillow in 0, scikit-image in 0
EXPECTED
echo "as described"
