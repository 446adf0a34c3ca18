"""Measure what decoding costs: ``python -m tools.decoding_memory``.

Each format and mode is decoded at 50 megapixels in a process of its own, which tells by how much its memory grows at
most, in bytes per pixel, and how long it takes. The result itself has 3 bytes per pixel.
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.command_line import ArgumentParser, run
from configs.paths import ROOT

SIZE = (5000, 10000)
"""Height and width: 50 megapixels."""

CHILD = """
import sys, time
from pathlib import Path
from data import decode
def memory(of):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(of)) * 1024
small, file = (Path(name).read_bytes() for name in sys.argv[1:])
decode.decode(small, "small")  # what is loaded once does not count
Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
before, start = memory("VmRSS"), time.perf_counter()
height, width, _ = decode.decode(file, "large").shape
print((memory("VmHWM") - before) / (height * width), time.perf_counter() - start)
"""


def picture(height: int, width: int) -> Image.Image:
    """Return a colour picture that compresses well."""
    rows, columns = np.linspace(0, 255, height)[:, None], np.linspace(0, 255, width)[None]
    red, green = np.broadcast_to(rows, (height, width)), np.broadcast_to(columns, (height, width))
    return Image.fromarray(np.dstack([red, green, red]).astype(np.uint8))


def _saved(change: Callable[[Image.Image], Image.Image], kind: str, **options: object) -> Callable[..., bytes]:
    def save(original: Image.Image) -> bytes:
        content = io.BytesIO()
        change(original).save(content, kind, **options)
        return content.getvalue()

    return save


def _mode(mode: str) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.convert(mode)


def _alpha(image: Image.Image) -> Image.Image:
    clear = image.convert("RGBA")
    clear.putalpha(image.getchannel("G"))
    return clear


def _deep(image: Image.Image) -> NDArray[np.uint16]:
    return np.asarray(image, np.uint16) * 257


def _opencv(change: Callable[[Image.Image], NDArray[np.uint16]], suffix: str) -> Callable[[Image.Image], bytes]:
    return lambda image: cv2.imencode(suffix, change(image))[1].tobytes()


def _with_exif(kind: str, **options: object) -> Callable[[Image.Image], bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(lambda image: image, kind, exif=exif, **options)


FILES: Mapping[str, Callable[[Image.Image], bytes]] = {
    "JPEG, RGB": _saved(_mode("RGB"), "JPEG"),
    "JPEG, RGB, turned by EXIF": _with_exif("JPEG"),
    "JPEG, RGB, progressive": _saved(_mode("RGB"), "JPEG", progressive=True),
    "JPEG, RGB, progressive, 4:4:4": _saved(_mode("RGB"), "JPEG", progressive=True, subsampling=0),
    "JPEG, grey": _saved(_mode("L"), "JPEG"),
    "JPEG, CMYK": _saved(_mode("CMYK"), "JPEG"),
    "JPEG, CMYK, progressive": _saved(_mode("CMYK"), "JPEG", progressive=True),
    "PNG, RGB": _saved(_mode("RGB"), "PNG", compress_level=1),
    "PNG, RGB, turned by EXIF": _with_exif("PNG", compress_level=1),
    "PNG, RGBA": _saved(_alpha, "PNG", compress_level=1),
    "PNG, palette": _saved(_mode("P"), "PNG"),
    "PNG, palette with a transparent colour": _saved(_mode("P"), "PNG", transparency=7),
    "PNG, grey": _saved(_mode("L"), "PNG"),
    "PNG, grey with alpha": _saved(lambda image: _alpha(image).convert("LA"), "PNG", compress_level=1),
    "PNG, 1 bit": _saved(_mode("1"), "PNG"),
    "PNG, grey, 16 bits": _opencv(lambda image: _deep(image.convert("L")), ".png"),
    "PNG, RGB, 16 bits": _opencv(_deep, ".png"),
    "TIFF, RGB": _saved(_mode("RGB"), "TIFF"),
    "TIFF, RGB, LZW": _saved(_mode("RGB"), "TIFF", compression="tiff_lzw"),
    "TIFF, RGB, in one strip": _saved(_mode("RGB"), "TIFF", compression="tiff_deflate", strip_size=1 << 30),
    "TIFF, RGBA": _saved(_alpha, "TIFF", compression="tiff_lzw"),
    "TIFF, CMYK": _saved(_mode("CMYK"), "TIFF", compression="tiff_lzw"),
    "TIFF, grey, 16 bits": _saved(lambda image: Image.fromarray(_deep(image.convert("L"))), "TIFF"),
    "TIFF, grey, 32 bits": _saved(_mode("I"), "TIFF"),
    "TIFF, grey, float": _saved(_mode("F"), "TIFF"),
    "WebP, RGB": _saved(_mode("RGB"), "WEBP", method=0),
    "WebP, RGBA": _saved(_alpha, "WEBP", method=0),
    "WebP, RGB, lossless": _saved(_mode("RGB"), "WEBP", lossless=True, method=0, quality=0),
    "WebP, RGB, turned by EXIF": _with_exif("WEBP", method=0),
    "AVIF, RGB": _saved(_mode("RGB"), "AVIF", speed=10),
    "AVIF, RGB, 4:4:4": _saved(_mode("RGB"), "AVIF", speed=10, subsampling="4:4:4"),
    "AVIF, RGBA": _saved(_alpha, "AVIF", speed=10),
    "AVIF, RGB, turned by EXIF": _with_exif("AVIF", speed=10),
    "BMP, RGB": _saved(_mode("RGB"), "BMP"),
    "GIF": _saved(_mode("P"), "GIF"),
}


def measure(encode: Callable[[Image.Image], bytes], size: tuple[int, int], folder: Path) -> tuple[float, float]:
    """Decode a picture of ``size`` in a process of its own; return bytes per pixel at the peak, and seconds."""
    small, large = folder / "small", folder / "large"
    small.write_bytes(encode(picture(64, 64)))
    large.write_bytes(encode(picture(*size)))
    command = [sys.executable, "-c", CHILD, str(small), str(large)]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    peak, seconds = map(float, printed.split())
    return peak, seconds


def main() -> int:
    """Print the table."""
    parser = ArgumentParser(prog="python -m tools.decoding_memory", description="Measure what decoding costs.")
    parser.add_argument("only", nargs="*", help="only formats whose names contain one of these")
    only = parser.parse_args().only
    print("| Format | Peak, bytes per pixel | Over the result | Seconds |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, encode in FILES.items():
            if not only or any(word in name for word in only):
                peak, seconds = measure(encode, SIZE, Path(folder))
                print(f"| {name} | {peak:.1f} | {peak - 3:.1f} | {seconds:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    run(main)
