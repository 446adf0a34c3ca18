"""Decode pictures from untrusted files: an upright RGB array or one clear error."""

import contextlib
import importlib
import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from configs.errors import UserError
from data import missing_rows
from data.row_chunks import row_chunks

try:
    # Not a requirement: its wheels contain x265, so that as a whole they are under the GPL.
    importlib.import_module("pillow_heif").register_heif_opener()
    HEIC: tuple[str, ...] = ("HEIF",)
except ImportError:
    HEIC = ()

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", *HEIC)
"""The supported formats, by Pillow's names; a hostile file can reach no other decoder."""

NAMES = f"JPEG, PNG, WebP, AVIF,{' HEIC,' if HEIC else ''} BMP, TIFF and GIF"
"""The supported formats in words."""

SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"),
    *(".heic", ".heif", ".hif"),  # also where they cannot be read, so that they are refused and not passed over
)
"""File name suffixes, in lower case, that mark a picture in a folder."""

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

MAX_PIXELS = 50_000_000
"""Pictures with more pixels are rejected before memory is allocated."""

MAX_BYTES = 500_000_000
"""Files with more bytes are rejected unread; ``MAX_PIXELS`` need fewer even as uncompressed 16-bit RGBA."""

USUAL_PER_PIXEL, MOST_PER_PIXEL = 9, 13
"""Bytes that decoding takes at most, with the result; the larger number is that of formats decoded as a whole."""

CACHED_PIXELS = 1 << 16
"""Pixels that fit the CPU's cache; smaller parts would take longer to make than to copy."""

COLUMNS = 1 << 14
"""Columns of the parts of a picture that is wide, so that they fit, too."""

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The operation that makes a picture upright, by its EXIF orientation (CIPA DC-008, Exif 2.32, 4.6.4, tag 274)."""

_STORED: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: np.rot90,
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
"""The view of an upright picture, ``(H, W, 3)``, that has its pixels as they are stored, by its EXIF orientation."""

MOVING = "is animated, and its first frame is used"
"""What ``of_several`` returns for animations."""


class ImageError(UserError):
    """A file that is not a valid picture; the message names it and gives the reason."""


def read(path: Path) -> NDArray[np.uint8]:
    """Read a picture from a file as ``decode`` does; an unreadable file also raises ``ImageError``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ImageError(f"{path}: has {path.stat().st_size:,} bytes; a picture may have at most {MAX_BYTES:,}")
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read ({error.strerror}); give the path of a picture") from error
    return decode(content, str(path))


def decode(content: bytes, name: str) -> NDArray[np.uint8]:
    """Decode a picture of one of the ``FORMATS`` to ``(H, W, 3)`` RGB; of several frames or pages, the first.

    The picture is turned upright by its EXIF orientation, composited over white where it is transparent, and converted
    to 8-bit RGB from grey, palette, 16-bit, float and CMYK. Colour profiles are not applied. ``of_several`` says
    whether the file has further pictures. ``name`` is what errors call the file.

    Raises:
        ImageError: If the file is empty, not a picture, truncated or damaged, or has more than ``MAX_PIXELS`` pixels.
    """
    return decode_small(content, name, MAX_PIXELS)[0]


def decode_small(content: bytes, name: str, side: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Decode a picture for display; return it and the height and width of the original, upright.

    As ``decode``, but a JPEG comes out at a half, a quarter or an eighth of its size if its sides then still have
    ``side`` pixels: faster and in far less memory.
    """
    if not content:
        raise ImageError(f"{name}: is empty (0 bytes); a picture was expected")
    with _without_pillow_warnings():
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _check_size(image.width * image.height, name)
                _check_planes(image, name)
                _check_complete(missing_rows.share_of_tiff(image), name)
                full, small = image.size, image.draft(image.mode, (side, side))
                pixels = _upright_rgb(content, image)
                _check_complete(missing_rows.share_of_png(image, content), name)
                if small is None:
                    return pixels, (pixels.shape[0], pixels.shape[1])
                return pixels, full if _orientation(image) > 4 else full[::-1]
        except ImageError:
            raise
        except UnidentifiedImageError:
            if not HEIC and content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
                raise ImageError(
                    f"{name}: is a HEIC picture; save it as a JPEG, or install what reads it with pip install "
                    "pillow-heif and start again"
                ) from None
            raise ImageError(f"{name}: is not a readable picture; {NAMES} are supported") from None
        except Image.DecompressionBombError as error:
            # Pillow's own limit is higher than ours and is checked before there is an image with a size.
            count = re.search(r"\d+", str(error))
            _check_size(int(count.group()) if count else MAX_PIXELS + 1, name)
            raise ImageError(f"{name}: is damaged; its parts do not have the picture's size") from None
        except Exception as error:  # noqa: BLE001 - on damaged files Pillow raises anything from SyntaxError to struct.error
            raise ImageError(f"{name}: is cut off or damaged and cannot be decoded ({_reason(error)})") from None


def cost(content: bytes) -> int:
    """Return how many bytes ``decode`` takes at most, with the result; 0 for what it refuses at once."""
    with _without_pillow_warnings():
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                pixels = image.width * image.height
                moving = image.format == "WEBP" and getattr(image, "is_animated", False)
                deep = moving or "progressive" in image.info or image.format in {"AVIF", *HEIC}
        except Exception:  # noqa: BLE001 - on damaged files Pillow raises anything from SyntaxError to struct.error
            return 0
    return 0 if pixels > MAX_PIXELS else len(content) + pixels * (MOST_PER_PIXEL if deep else USUAL_PER_PIXEL)


def orientation(content: bytes) -> int:
    """Return the EXIF orientation with which a picture is stored, 1 if it is stored upright or cannot be read."""
    with _without_pillow_warnings():
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                # pillow-heif turns the picture itself and keeps the orientation here.
                found = image.info.get("original_orientation") or image.getexif().get(ExifTags.Base.Orientation)
        except Exception:  # noqa: BLE001 - on damaged files Pillow raises anything from SyntaxError to struct.error
            return 1
    return found if found in UPRIGHT else 1


def starts_like_picture(path: Path) -> bool:
    """Return whether a file begins like a picture, whatever its suffix."""
    with _without_pillow_warnings():
        try:
            with Image.open(path, formats=FORMATS):
                return True
        except Exception:  # noqa: BLE001 - Pillow raises anything on a file that only looks like a picture
            return False


def of_several(source: bytes | Path) -> str:
    """Return the rest of a sentence about a file with several pictures, of which ``decode`` takes the first, or "".

    The further pictures of a JPEG are depth maps, gain maps and previews of the first, so they are not mentioned; nor
    is a file that cannot be read, which ``decode`` rejects.
    """
    with _without_pillow_warnings():
        try:
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as image:
                if image.format == "MPO" or not getattr(image, "is_animated", False):
                    return ""
                if image.format in HEIC:
                    return "has several pictures, of which the main one is used"
                return "has several pages, of which the first is used" if image.format == "TIFF" else MOVING
        except Exception:  # noqa: BLE001 - on damaged files Pillow raises anything from SyntaxError to struct.error
            return ""


def _check_size(pixels: int, name: str) -> None:
    if pixels > MAX_PIXELS:
        raise ImageError(f"{name}: has {pixels:,} pixels; a picture may have at most {MAX_PIXELS:,}")


def _check_complete(share: float, name: str) -> None:
    if share < 1:
        raise ImageError(f"{name}: is cut off; only {share:.0%} of its pixels are in the file")


def _upright_rgb(content: bytes, image: Image.Image) -> NDArray[np.uint8]:
    """Decode a picture that has been opened from ``content``, to ``(H, W, 3)``."""
    stored = _by_opencv(content, image) if image.format == "WEBP" else None
    if stored is None:
        image.load()  # Pillow turns a TIFF upright, and drops its tag
    turn = _orientation(image)
    if stored is not None and stored.shape[2:] == (3,) and turn == 1:
        return stored
    height, width = (image.height, image.width) if turn < 5 else (image.width, image.height)
    pixels = np.empty((height, width, 3), np.uint8)
    _write_rgb(_STORED[turn](pixels), image, stored)
    return pixels


def _orientation(image: Image.Image) -> int:
    """Return a picture's EXIF orientation; 1 also if it has a damaged EXIF block."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - the block is parsed by hand-written code that fails in many ways
        return 1
    return orientation if isinstance(orientation, int) and orientation in UPRIGHT else 1


def _by_opencv(content: bytes, image: Image.Image) -> NDArray[np.uint8] | None:
    """Decode a WebP picture to RGB or RGBA, ``(H, W, C)``, or return None if Pillow has to do so.

    Both use the same library, but Pillow takes up to 24 bytes a pixel in between.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.shape != (image.height, image.width, len(image.getbands())):
        return None
    cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB if image.mode == "RGB" else cv2.COLOR_BGRA2RGBA, dst=pixels)
    return np.asarray(pixels, np.uint8)


def _tags(image: Image.Image) -> Mapping[int, Any]:
    """Return the tags of a TIFF by number; empty for other formats."""
    return image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}


def _check_planes(image: Image.Image, name: str) -> None:
    """Raise ``ImageError`` for the one kind of TIFF that Pillow opens but decodes wrongly."""
    tags = _tags(image)
    if tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and max(tags.get(TiffImagePlugin.BITSPERSAMPLE, (8,))) > 8:
        raise ImageError(
            f"{name}: is a TIFF with a separate 16-bit plane for each colour; save it with interleaved colours"
        )


def _write_rgb(target: NDArray[np.uint8], image: Image.Image, stored: NDArray[np.uint8] | None) -> None:
    """Write a picture of any mode to ``target``, ``(H, W, 3)``, part by part: converting takes up to 16 bytes a pixel.

    ``stored`` has its pixels if they are decoded already; else ``image`` has.
    """
    clear = image.has_transparency_data
    to_8_bits = None
    if stored is None and (image.mode == "F" or image.mode.startswith("I")):
        to_8_bits = _depth(image, _tags(image))
    for rows, columns in _parts(*target.shape[:2]):
        if stored is not None:
            part = Image.fromarray(stored[rows, columns])
        else:
            part = image.crop((columns.start, rows.start, columns.stop, rows.stop))
        if to_8_bits is not None:
            target[rows, columns] = to_8_bits(np.asarray(part))[..., None]
            continue
        if clear:
            part = part.convert("RGBA")
            part = Image.alpha_composite(Image.new("RGBA", part.size, "white"), part)
        target[rows, columns] = np.asarray(part if part.mode == "RGB" else part.convert("RGB"))


def _parts(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Yield the rows and columns of parts that fit the CPU's cache."""
    for rows in row_chunks((height, width), max(32 * width, CACHED_PIXELS)):
        for left in range(0, width, COLUMNS):
            yield rows, slice(left, min(left + COLUMNS, width))


def _depth(image: Image.Image, tags: Mapping[int, Any]) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """Return what scales a part of a grey picture of more than 8 bits, ``(h, w)``, to 0..255.

    White is the largest integer of the bit depth, or of 16 bits if 32-bit values fit into them. For floats, white is
    the smallest of 1, 255 and 65535 that is not below the largest value, or else that value. NaN and negative values
    become black. ``tags`` are those of the TIFF it was read from.
    """
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (16,))[0]
    unsigned = bits == 32 and tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))[0] == 1

    def read(part: NDArray[Any]) -> NDArray[np.float64]:
        part = part.view(np.uint32) if unsigned else part  # Pillow has no unsigned mode and reads them as signed
        return np.asarray(np.nan_to_num(part.astype(np.float64), nan=0, posinf=0, neginf=0).clip(0))

    highest = 0.0
    for rows, columns in _parts(image.height, image.width):
        part = np.asarray(image.crop((columns.start, rows.start, columns.stop, rows.stop)))
        highest = max(highest, float(read(part).max()))
    dtype = np.dtype(np.uint32) if unsigned else part.dtype
    if dtype.kind == "f":
        white = float(next((limit for limit in (1, 255, 65535) if highest <= limit), highest))
    else:
        white = float(2 ** min(bits, 16) - 1 if highest < 2**16 else np.iinfo(dtype).max)
    inverted = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0  # white is zero; Pillow inverts 8 bits only

    def to_8_bits(part: NDArray[Any]) -> NDArray[np.uint8]:
        values = white - read(part) if inverted else read(part)
        return np.asarray(values.clip(0, white) * (255 / white) + 0.5).astype(np.uint8)

    return to_8_bits


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


class _Quiet:
    """The number of running decodes, and the warning filters from before the first of them."""

    lock = threading.Lock()
    calls = 0
    filters = warnings.catch_warnings()


@contextlib.contextmanager
def _without_pillow_warnings() -> Iterator[None]:
    """Suppress Pillow's warnings about unusual files: whatever matters is raised as an error.

    Warning filters are global to the process, so concurrent decodes share one change: the first call makes it and the
    last one reverts it.
    """
    with _Quiet.lock:
        if _Quiet.calls == 0:
            _Quiet.filters = warnings.catch_warnings()
            _Quiet.filters.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _Quiet.calls += 1
    try:
        yield
    finally:
        with _Quiet.lock:
            _Quiet.calls -= 1
            if _Quiet.calls == 0:
                _Quiet.filters.__exit__(None, None, None)
