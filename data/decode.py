"""Decode pictures from untrusted files: an upright RGB array or one clear error."""

import contextlib
import importlib
import io
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
    if not content:
        raise ImageError(f"{name}: is empty (0 bytes); a picture was expected")
    with _without_pillow_warnings():
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _check_size(image.width * image.height, name)
                _check_planes(image, name)
                _check_complete(missing_rows.share_of_tiff(image), name)
                image.load()
                _check_complete(missing_rows.share_of_png(image, content), name)
                return _to_rgb(_upright(image), _tags(image))
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
            pixels = re.search(r"\d+", str(error))
            _check_size(int(pixels.group()) if pixels else MAX_PIXELS + 1, name)
            raise ImageError(f"{name}: is damaged; its parts do not have the picture's size") from None
        except Exception as error:  # noqa: BLE001 - on damaged files Pillow raises anything from SyntaxError to struct.error
            raise ImageError(f"{name}: is cut off or damaged and cannot be decoded ({_reason(error)})") from None


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


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture turned upright by its EXIF orientation; a damaged EXIF block is ignored."""
    try:
        # Only after loading: by then Pillow has turned a TIFF upright and dropped the tag.
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - the block is parsed by hand-written code that fails in many ways
        return image
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


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


def _to_rgb(image: Image.Image, tags: Mapping[int, Any]) -> NDArray[np.uint8]:
    """Return an upright picture of any mode as ``(H, W, 3)``; ``tags`` are those of the TIFF it was read from."""
    if image.mode == "F" or image.mode.startswith("I"):
        return np.repeat(_to_8_bits(np.asarray(image), tags)[..., None], 3, axis=2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return _rgb_array(image if image.mode == "RGB" else image.convert("RGB"))  # converting RGB to RGB makes a copy


def _rgb_array(image: Image.Image) -> NDArray[np.uint8]:
    """Return a picture of mode RGB as ``(H, W, 3)``, copied by 32 rows that fit the CPU's cache: twice as fast."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for rows in row_chunks(pixels.shape, 32 * image.width):
        pixels[rows] = np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
    return pixels


def _to_8_bits(grey: NDArray[Any], tags: Mapping[int, Any]) -> NDArray[np.uint8]:
    """Scale grey values of more than 8 bits, ``(H, W)``, to 0..255.

    White is the largest integer of the bit depth, or of 16 bits if 32-bit values fit into them. For floats, white is
    the smallest of 1, 255 and 65535 that is not below the largest value, or else that value. NaN and negative values
    become black.
    """
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (16,))[0]
    if bits == 32 and tags.get(TiffImagePlugin.SAMPLEFORMAT, (1,))[0] == 1:
        grey = grey.view(np.uint32)  # Pillow has no unsigned mode and reads them as signed
    values = np.nan_to_num(grey.astype(np.float64), nan=0, posinf=0, neginf=0).clip(0)
    highest = float(values.max())
    if grey.dtype.kind == "f":
        white = next((limit for limit in (1, 255, 65535) if highest <= limit), highest)
    else:
        white = 2 ** min(bits, 16) - 1 if highest < 2**16 else np.iinfo(grey.dtype).max
    if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0:  # white is zero; Pillow inverts 8 bits only
        values = white - values
    return (values.clip(0, white) * (255 / white) + 0.5).astype(np.uint8)


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
