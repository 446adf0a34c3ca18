#!/usr/bin/env bash
# With PyAV's thread_type "FRAME" or "AUTO", decoding a clip that is cut off ends without an error.
#
# av 18.1.0, numpy 2.4.6, Python 3.11, x86-64.
# An MP4 with its index in front whose end is missing: without threads, and with "SLICE", container.decode raises
# InvalidDataError at the first frame that is not there. With "FRAME" and "AUTO", the usual advice for speed, the same frames
# come, and then the iterator ends as at the end of a whole clip; frame.is_corrupt is never set. Whoever relies on an error
# takes half a clip for a whole one. stream.frames and the duration in the header tell, where a file has them.
#
# Output seen:
#   NONE   53 of 90 frames, 0 marked as corrupt, then InvalidDataError
#   SLICE  53 of 90 frames, 0 marked as corrupt, then InvalidDataError
#   FRAME  53 of 90 frames, 0 marked as corrupt, then the end
#   AUTO   53 of 90 frames, 0 marked as corrupt, then the end
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6

"$folder/venv/bin/python" - "$folder/clip.mp4" << 'PROGRAM' | tee "$folder/seen"
import sys
from pathlib import Path

import av
import numpy as np

path, noise = Path(sys.argv[1]), np.random.default_rng(0)
with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
    # Single-threaded and one key frame each, so that the file is the same everywhere.
    stream = file.add_stream("libx264", rate=30, options={"g": "1", "qp": "10", "threads": "1"})
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    picture = noise.integers(0, 256, (64, 96, 3), np.uint8)
    for _ in range(90):
        file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
    file.mux(stream.encode(None))
content = path.read_bytes()
start = content.index(b"mdat")
path.write_bytes(content[: start + (len(content) - start) * 6 // 10])

for threads in ("NONE", "SLICE", "FRAME", "AUTO"):
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type = threads
        count = corrupt = 0
        end = "the end"
        try:
            for frame in file.decode(stream):
                count += 1
                corrupt += frame.is_corrupt
        except av.error.InvalidDataError as error:
            end = type(error).__name__
        print(f"{threads:<6} {count} of {stream.frames} frames, {corrupt} marked as corrupt, then {end}")
PROGRAM

diff "$folder/seen" - << 'EXPECTED'
NONE   53 of 90 frames, 0 marked as corrupt, then InvalidDataError
SLICE  53 of 90 frames, 0 marked as corrupt, then InvalidDataError
FRAME  53 of 90 frames, 0 marked as corrupt, then the end
AUTO   53 of 90 frames, 0 marked as corrupt, then the end
EXPECTED
echo "as described"
