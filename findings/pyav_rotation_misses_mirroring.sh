#!/usr/bin/env bash
# PyAV's frame.rotation is only the angle of a clip's display matrix: mirrored clips look like turned ones.
#
# av 18.1.0, numpy 2.4.6, Python 3.11, x86-64.
# The matrix in an MP4 can turn and mirror; front cameras and editors write mirrored ones. frame.rotation gives the angle that
# FFmpeg's av_display_rotation_get computes, which does not tell about mirroring: "mirrored left to right" comes out as half a
# turn, like "turned by half", and "transposed" as a quarter turn. Whoever turns by frame.rotation shows such a clip upside
# down, or mirrored. The matrix itself is in frame.side_data["DISPLAYMATRIX"], nine int32, and tells all of them apart.
#
# Output seen:
#   as stored                 a, b, c, d =  1  0  0  1  rotation    0
#   turned by half            a, b, c, d = -1  0  0 -1  rotation -180
#   mirrored left to right    a, b, c, d = -1  0  0  1  rotation -180
#   mirrored top to bottom    a, b, c, d =  1  0  0 -1  rotation    0
#   turned by a quarter       a, b, c, d =  0  1 -1  0  rotation  -90
#   transposed                a, b, c, d =  0  1  1  0  rotation  -90
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6

"$folder/venv/bin/python" - "$folder/clip.mp4" << 'PROGRAM' | tee "$folder/seen"
import struct
import sys
from pathlib import Path

import av
import numpy as np

path = Path(sys.argv[1])
with av.open(str(path), "w") as file:
    stream = file.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
    file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8), "rgb24")))
    file.mux(stream.encode(None))

matrices = {
    "as stored": (1, 0, 0, 1),
    "turned by half": (-1, 0, 0, -1),
    "mirrored left to right": (-1, 0, 0, 1),
    "mirrored top to bottom": (1, 0, 0, -1),
    "turned by a quarter": (0, 1, -1, 0),
    "transposed": (0, 1, 1, 0),
}
content = bytearray(path.read_bytes())
place = content.index(b"tkhd") + 44  # where an MP4's track header has its matrix
for name, (a, b, c, d) in matrices.items():
    one = 1 << 16
    content[place : place + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        stored = frame.side_data.get("DISPLAYMATRIX") if (a, b, c, d) != (1, 0, 0, 1) else None
        if stored is not None:
            found = struct.unpack("=9i", bytes(stored))
            assert [value // one for value in (found[0], found[1], found[3], found[4])] == [a, b, c, d]
        print(f"{name:<25} a, b, c, d = {a:>2} {b:>2} {c:>2} {d:>2}  rotation {frame.rotation:>4}")
PROGRAM

diff "$folder/seen" - << 'EXPECTED'
as stored                 a, b, c, d =  1  0  0  1  rotation    0
turned by half            a, b, c, d = -1  0  0 -1  rotation -180
mirrored left to right    a, b, c, d = -1  0  0  1  rotation -180
mirrored top to bottom    a, b, c, d =  1  0  0 -1  rotation    0
turned by a quarter       a, b, c, d =  0  1 -1  0  rotation  -90
transposed                a, b, c, d =  0  1  1  0  rotation  -90
EXPECTED
echo "as described"
