import io
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from data import decode, samples
from data.decode import MAX_PIXELS, ImageError

UPRIGHT = samples.get("chelsea").load()[60:220, 100:341]  # (160, 241, 3): no symmetry, odd width
GREY = cv2.cvtColor(UPRIGHT, cv2.COLOR_RGB2GRAY)
PICTURE = Image.fromarray(UPRIGHT)


def save(picture: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def encode(suffix: str, image: np.ndarray) -> bytes:
    """Encode with OpenCV, which writes 16 bits where Pillow cannot; RGB and RGBA in, files in the usual order out."""
    if image.ndim == 3:
        image = image[..., [2, 1, 0, 3][: image.shape[2]]]
    return cv2.imencode(suffix, image)[1].tobytes()


def deep(image: np.ndarray) -> np.ndarray:
    """Return an 8-bit image in 16 bits, with something in the low bits."""
    return np.asarray(image, np.uint16) * 257


def with_alpha(image: np.ndarray, alpha: np.ndarray, depth: int = 8) -> np.ndarray:
    joined = np.dstack([image, alpha])
    return joined if depth == 8 else deep(joined)


def jpeg_of_ycck() -> bytes:
    """A JPEG of four components whose first three hold luma and chroma of the ink, as Photoshop writes them."""
    ink = np.asarray(Image.fromarray(255 - UPRIGHT).convert("YCbCr"))
    planes = np.dstack([255 - ink, np.zeros_like(GREY)])
    content = save(Image.frombytes("CMYK", PICTURE.size, planes.tobytes()), "JPEG", quality=97, subsampling=0)
    marker = content.index(b"Adobe")
    return content[: marker + 11] + b"\2" + content[marker + 12 :]


def tiff_of_white_is_zero() -> bytes:
    """A 16-bit grey TIFF whose tag 262 (photometric interpretation) says that 0 is white."""
    content = bytearray(save(Image.fromarray(deep(255 - GREY)), "TIFF"))
    entry = content.index(struct.pack("<HHII", 262, 3, 1, 1))
    content[entry + 8] = 0
    return bytes(content)


ALPHA = np.linspace(0, 255, GREY.size).reshape(GREY.shape).astype(np.uint8)
OVER_WHITE = (UPRIGHT * (ALPHA[..., None] / 255.0) + 255 * (1 - ALPHA[..., None] / 255.0)).round().astype(np.uint8)
GREY_OVER_WHITE = (GREY * (ALPHA / 255.0) + 255 * (1 - ALPHA / 255.0)).round().astype(np.uint8)
INDEXED = PICTURE.quantize(200)
INDEXED_RGB = np.asarray(INDEXED.convert("RGB"))
HOLES = np.where((np.asarray(INDEXED) == 7)[..., None], 255, INDEXED_RGB)
FEW = PICTURE.quantize(16)
BLACK_AND_WHITE = PICTURE.convert("1")

EXACT: dict[str, tuple[bytes, np.ndarray]] = {
    "png": (save(PICTURE, "PNG"), UPRIGHT),
    "png, palette": (save(INDEXED, "PNG"), INDEXED_RGB),
    "png, palette of 4 bits": (save(FEW, "PNG", bits=4), np.asarray(FEW.convert("RGB"))),
    "png, palette with a transparent colour": (save(INDEXED, "PNG", transparency=7), HOLES),
    "png, palette with alpha": (save(INDEXED, "PNG", transparency=bytes([255] * 7 + [0])), HOLES),
    "png, grey": (save(Image.fromarray(GREY), "PNG"), GREY),
    "png, black and white": (save(BLACK_AND_WHITE, "PNG"), np.asarray(BLACK_AND_WHITE) * np.uint8(255)),
    "png, opaque rgba": (save(PICTURE.convert("RGBA"), "PNG"), UPRIGHT),
    "png, 16-bit rgb": (encode(".png", deep(UPRIGHT)), UPRIGHT),
    "png, 16-bit rgba": (encode(".png", with_alpha(UPRIGHT, np.full_like(GREY, 255), 16)), UPRIGHT),
    "png, 16-bit grey": (encode(".png", deep(GREY)), GREY),
    "tiff": (save(PICTURE, "TIFF"), UPRIGHT),
    "tiff, lzw": (save(PICTURE, "TIFF", compression="tiff_lzw"), UPRIGHT),
    "tiff, zip": (save(PICTURE, "TIFF", compression="tiff_adobe_deflate"), UPRIGHT),
    "tiff, fax": (save(BLACK_AND_WHITE, "TIFF", compression="group4"), np.asarray(BLACK_AND_WHITE) * np.uint8(255)),
    "tiff, 16-bit rgb": (encode(".tif", deep(UPRIGHT)), UPRIGHT),
    "tiff, 16-bit grey": (encode(".tif", deep(GREY)), GREY),
    "tiff, 16-bit grey, white is zero": (tiff_of_white_is_zero(), GREY),
    "tiff, float up to 1": (save(Image.fromarray(GREY.astype(np.float32) / 255), "TIFF"), GREY),
    "tiff, float up to 255": (save(Image.fromarray(GREY.astype(np.float32)), "TIFF"), GREY),
    "tiff, float up to 65535": (save(Image.fromarray(GREY.astype(np.float32) * 257), "TIFF"), GREY),
    "tiff, 32-bit holding 16": (save(Image.fromarray(GREY.astype(np.int32) * 257), "TIFF"), GREY),
    "tiff, 32-bit": (save(Image.fromarray(GREY.astype(np.int32) * 8421504), "TIFF"), GREY),
    "bmp": (save(PICTURE, "BMP"), UPRIGHT),
    "bmp, palette": (save(INDEXED, "BMP"), INDEXED_RGB),
    "bmp, grey": (save(Image.fromarray(GREY), "BMP"), GREY),
    "gif": (save(INDEXED, "GIF"), INDEXED_RGB),
    "gif, transparent": (save(INDEXED, "GIF", transparency=7), HOLES),
    "gif, animated": (save(INDEXED, "GIF", save_all=True, append_images=[INDEXED.rotate(180)]), INDEXED_RGB),
    "webp, lossless": (save(PICTURE, "WEBP", lossless=True), UPRIGHT),
    "webp, animated": (
        save(PICTURE, "WEBP", lossless=True, save_all=True, append_images=[PICTURE.rotate(180)]), UPRIGHT
    ),
}  # fmt: skip

CLOSE: dict[str, tuple[bytes, np.ndarray]] = {
    "jpeg": (save(PICTURE, "JPEG", quality=95), UPRIGHT),
    "jpeg, progressive": (save(PICTURE, "JPEG", quality=95, progressive=True), UPRIGHT),
    "jpeg, grey": (save(Image.fromarray(GREY), "JPEG", quality=95), GREY),
    "jpeg, cmyk": (save(PICTURE.convert("CMYK"), "JPEG", quality=97), UPRIGHT),
    "jpeg, ycck": (jpeg_of_ycck(), UPRIGHT),
    "jpeg, several pictures": (
        save(PICTURE, "MPO", quality=95, save_all=True, append_images=[PICTURE.rotate(90)]),
        UPRIGHT,
    ),
    "webp": (save(PICTURE, "WEBP", quality=95), UPRIGHT),
    "avif": (save(PICTURE, "AVIF", quality=95), UPRIGHT),
    "avif, grey": (save(Image.fromarray(GREY), "AVIF", quality=95), GREY),
    "avif, rgba": (save(Image.fromarray(with_alpha(UPRIGHT, ALPHA)), "AVIF", quality=100), OVER_WHITE),
    "avif, animated": (
        save(PICTURE, "AVIF", quality=95, save_all=True, append_images=[PICTURE.rotate(180)]),
        UPRIGHT,
    ),
    "webp, rgba": (save(Image.fromarray(with_alpha(UPRIGHT, ALPHA)), "WEBP", lossless=True, exact=True), OVER_WHITE),
    "tiff, jpeg": (save(PICTURE, "TIFF", compression="jpeg", quality=95), UPRIGHT),
    "tiff, cmyk": (save(PICTURE.convert("CMYK"), "TIFF"), UPRIGHT),
    "png, rgba": (save(Image.fromarray(with_alpha(UPRIGHT, ALPHA)), "PNG"), OVER_WHITE),
    "png, 16-bit rgba": (encode(".png", with_alpha(UPRIGHT, ALPHA, 16)), OVER_WHITE),
    "png, grey with alpha": (save(Image.fromarray(np.dstack([GREY, ALPHA])), "PNG"), GREY_OVER_WHITE),
    "tiff, rgba": (save(Image.fromarray(with_alpha(UPRIGHT, ALPHA)), "TIFF"), OVER_WHITE),
}


def as_rgb(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def turned(orientation: int) -> Image.Image:
    """Return the picture as a camera stores it with this EXIF ``orientation``."""
    stored = {
        1: UPRIGHT,
        2: UPRIGHT[:, ::-1],
        3: UPRIGHT[::-1, ::-1],
        4: UPRIGHT[::-1],
        5: UPRIGHT.swapaxes(0, 1),
        6: np.rot90(UPRIGHT),
        7: UPRIGHT[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(UPRIGHT, -1),
    }
    return Image.fromarray(np.ascontiguousarray(stored[orientation]))


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[274] = orientation
    return block


@pytest.mark.parametrize("kind", EXACT)
def test_lossless_kinds_equal_the_upright_original(kind):
    content, original = EXACT[kind]
    image = decode.decode(content, kind)
    assert image.dtype == np.uint8
    assert np.array_equal(image, as_rgb(original))


@pytest.mark.parametrize("kind", CLOSE)
def test_lossy_kinds_are_close_to_the_upright_original(kind):
    content, original = CLOSE[kind]
    image = decode.decode(content, kind)
    assert image.shape == UPRIGHT.shape
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - as_rgb(original)).mean() < 2.5


def test_16_bits_are_scaled_not_truncated():
    image = np.random.default_rng(0).integers(0, 65536, (40, 50, 3)).astype(np.uint16)
    for suffix in (".png", ".tif"):
        colour, grey = (decode.decode(encode(suffix, part), suffix) for part in (image, image[..., 0]))
        assert np.abs(colour.astype(int) - image / 257).max() <= 1
        assert np.abs(grey.astype(int) - image[..., :1] / 257).max() <= 0.5


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("AVIF", {"quality": 95}),
        ("HEIF", {"quality": 95}),
    ],
)
def test_exif_orientation_is_undone(kind, options, orientation):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif", reason="its wheels are under the GPL, so it is not a requirement")
    # As bytes: pillow-heif loses the turn of an Exif object, and Pillow's AVIF writer takes it out of the object.
    content = save(turned(orientation), kind, exif=exif(orientation).tobytes(), **options)
    image = decode.decode(content, kind)
    assert image.shape == UPRIGHT.shape
    assert np.abs(image.astype(int) - UPRIGHT).mean() < (2.5 if kind in {"JPEG", "AVIF", "HEIF"} else 1e-9)
    assert decode.orientation(content) == orientation


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_exif_orientation_is_undone_in_other_modes(mode):
    content = save(turned(6).convert(mode), "JPEG", exif=exif(6), quality=95)
    assert (
        np.abs(decode.decode(content, mode).astype(int) - np.asarray(PICTURE.convert(mode).convert("RGB"))).mean() < 2.5
    )


HEIC_HEADER = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


@pytest.mark.skipif(bool(decode.HEIC), reason="pillow-heif is installed and reads them")
def test_without_pillow_heif_a_heic_says_how_to_read_it(tmp_path):
    (tmp_path / "IMG_1.HEIC").write_bytes(HEIC_HEADER + bytes(1000))
    with pytest.raises(
        ImageError, match=r"IMG_1\.HEIC: is a HEIC picture; save it as a JPEG, .*pip install pillow-heif"
    ):
        decode.read(tmp_path / "IMG_1.HEIC")


def test_a_damaged_heic_is_refused_with_and_without_pillow_heif():
    with pytest.raises(ImageError, match=r"^cat\.heic: is "):
        decode.decode(HEIC_HEADER + bytes(1000), "cat.heic")


@pytest.mark.parametrize("content", [b"", b"no picture", save(PICTURE, "PNG"), save(PICTURE, "JPEG", exif=b"Exif\0\0")])
def test_the_orientation_of_a_picture_without_one_is_1(content):
    assert decode.orientation(content) == 1


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_invalid_orientation_is_ignored(orientation):
    assert decode.decode(save(PICTURE, "JPEG", exif=exif(orientation)), "odd.jpg").shape == UPRIGHT.shape


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40,
        b"no exif at all",
        b"Exif\0\0" + bytes(range(256)),
    ],
)
def test_a_damaged_exif_block_is_ignored(kind, block):
    image = decode.decode(save(PICTURE, kind, exif=block), "odd")
    assert image.shape == UPRIGHT.shape


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"^cat\.jpg: is empty \(0 bytes\); a picture was expected$"),
        (b"\0", r"^cat\.jpg: is not .*JPEG, PNG, WebP, AVIF, .*BMP, TIFF and GIF"),
        (b"just some text\n" * 100, r"^cat\.jpg: is not .*JPEG, PNG, WebP, AVIF, .*BMP, TIFF and GIF"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"/>',
            r"^cat\.jpg: is not .*JPEG, PNG, WebP, AVIF, .*BMP, TIFF and GIF",
        ),
        (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            r"^cat\.jpg: is not .*JPEG, PNG, WebP, AVIF, .*BMP, TIFF and GIF",
        ),
        (save(PICTURE, "PPM"), r"^cat\.jpg: is not .*JPEG, PNG, WebP, AVIF, .*BMP, TIFF and GIF"),
        (save(PICTURE, "ICO"), r"^cat\.jpg: is not .*JPEG, PNG, WebP, AVIF, .*BMP, TIFF and GIF"),
    ],
)
def test_content_that_is_not_a_picture_is_rejected(content, message):
    with pytest.raises(ImageError, match=message):
        decode.decode(content, "cat.jpg")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    "kind",
    [
        "jpeg",
        "jpeg, progressive",
        "png",
        "png, 16-bit grey",
        "gif",
        "bmp",
        "webp",
        "webp, lossless",
        "tiff, lzw",
        "tiff",
    ],
)
def test_a_truncated_file_is_rejected(kind, part):
    content = (EXACT | CLOSE)[kind][0]
    with pytest.raises(ImageError, match=r"^cat: is (cut off|not )[^\n]*$"):
        decode.decode(content[: int(len(content) * part)], "cat")


def png_header(width: int, height: int) -> bytes:
    """Return a PNG header that declares this size, without pixels."""
    start = save(Image.new("L", (1, 1)), "PNG")
    fields = struct.pack(">II", width, height) + start[24:29]
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + fields))
    return start[:16] + fields + crc + start[33:]


@pytest.mark.parametrize(
    ("width", "height"), [(10_000, 5_001), (20_000, 10_000), (30_000, 30_000), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1)]
)
def test_too_many_pixels_are_rejected_before_memory_is_allocated(width, height):
    tracemalloc.start()
    try:
        with pytest.raises(ImageError, match=f"^big: has {width * height:,} pixels; .*50,000,000"):
            decode.decode(png_header(width, height), "big")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_the_largest_picture_allowed_is_decoded():
    assert MAX_PIXELS == 10_000 * 5_000
    content = save(Image.new("1", (10_000, 5_000)), "PNG")
    assert decode.decode(content, "large").shape == (5_000, 10_000, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_tiny_and_narrow_pictures_are_decoded(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert np.array_equal(decode.decode(save(Image.fromarray(image), "PNG"), "narrow"), image)


def test_a_narrow_picture_is_copied_in_parts_of_many_rows(monkeypatch):
    """Making a part takes longer than copying it."""
    pixels = np.random.default_rng(0).integers(0, 256, (500_000, 1, 3), np.uint8)
    parts: list[tuple[float, ...]] = []
    crop = Image.Image.crop

    def counted(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
        parts.append(box)
        return crop(image, box)

    monkeypatch.setattr(Image.Image, "crop", counted)
    assert np.array_equal(decode.decode(save(Image.fromarray(pixels), "PNG"), "thin.png"), pixels)
    assert len(parts) <= 2 + 500_000 // decode.CACHED_PIXELS  # the last, and one look whether the last row is there


def test_16_bit_planes_are_rejected():
    content = bytearray(encode(".tif", deep(UPRIGHT)))
    entry = content.index(struct.pack("<HHI", 284, 3, 1))
    content[entry + 8] = 2
    with pytest.raises(ImageError, match=r"^planes\.tif: .*16-bit plane"):
        decode.decode(bytes(content), "planes.tif")


VALID = [content for content, _ in (EXACT | CLOSE).values()]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(st.data())
def test_damaged_files_raise_only_image_errors(data):
    content = bytearray(data.draw(st.sampled_from(VALID)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.one_of(st.integers(0, min(200, len(content))), st.integers(0, len(content))))
        gone = data.draw(st.integers(0, 8))
        content[at : at + gone] = data.draw(st.binary(max_size=8))
    try:
        image = decode.decode(bytes(content), "damaged")
    except ImageError as error:
        assert str(error).startswith("damaged: ")
        assert "\n" not in str(error)
    else:
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert image.size > 0


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"MM\0*"]),
)
def test_arbitrary_bytes_raise_only_image_errors(noise, signature):
    with pytest.raises(ImageError):
        decode.decode(signature + noise, "noise")


def warning_tiff() -> bytes:
    """Return a complete picture that Pillow warns about: its resolution lies beyond the end of the file."""
    content = bytearray(save(PICTURE, "TIFF", dpi=(72, 72)))
    entry = content.index(struct.pack("<HHI", 282, 5, 1))
    content[entry + 8 : entry + 12] = struct.pack("<I", 2**31)
    return bytes(content)


def test_readable_odd_files_cause_no_warnings():
    content = warning_tiff()
    with pytest.warns(UserWarning, match="Truncated File Read"), Image.open(io.BytesIO(content)) as image:
        image.load()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(decode.decode(content, "odd.tif"), UPRIGHT)


def test_threads_decode_identically_and_restore_the_warning_filters():
    before = list(warnings.filters)
    jobs = [warning_tiff(), EXACT["png"][0], b"no picture"] * 20

    def job(content: bytes) -> bool:
        try:
            return np.array_equal(decode.decode(content, "any"), UPRIGHT)
        except ImageError:
            return content == b"no picture"

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(job, jobs))
    assert list(warnings.filters) == before


def test_read_decodes_a_file(tmp_path):
    path = tmp_path / "cat.png"
    path.write_bytes(EXACT["png"][0])
    image = decode.read(path)
    assert np.array_equal(image, UPRIGHT)
    image[0] = 0  # the array is the caller's own


def test_read_rejects_missing_files_and_folders(tmp_path):
    with pytest.raises(ImageError, match=r"missing\.png: .*\(No such file or directory\)"):
        decode.read(tmp_path / "missing.png")
    with pytest.raises(ImageError, match=r"cannot be read \(Is a directory\)"):
        decode.read(tmp_path)


def test_read_rejects_a_huge_file_unread(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(decode.MAX_BYTES + 1)
    with pytest.raises(ImageError, match=r"huge\.png: has 500,000,001 bytes; .*500,000,000"):
        decode.read(path)


def test_every_suffix_belongs_to_a_supported_format():
    known: dict[str, str] = Image.registered_extensions()
    assert {known.get(suffix, "HEIF") for suffix in decode.SUFFIXES} == {*decode.FORMATS, "HEIF"}


OTHER = PICTURE.rotate(180)
MOVES, PAGES = "is animated, and its first frame is used", "has several pages, of which the first is used"
SEVERAL = {"GIF": MOVES, "WEBP": MOVES, "PNG": MOVES, "AVIF": MOVES, "TIFF": PAGES, "MPO": ""}
"""Files with two pictures, and what of_several returns; the second picture of a JPEG is ignored."""


@pytest.mark.parametrize(("kind", "words"), SEVERAL.items())
def test_of_several_says_which_picture_is_used(kind, words, tmp_path):
    file = tmp_path / "moves"
    file.write_bytes(save(PICTURE, kind, save_all=True, append_images=[OTHER]))
    for source in (file, file.read_bytes()):
        assert decode.of_several(source) == words


@pytest.mark.parametrize("content", [*(EXACT[kind][0] for kind in ("png", "gif", "webp, lossless", "tiff")), b"", b"x"])
def test_of_several_is_empty_for_one_picture_or_none(content):
    assert decode.of_several(content) == ""


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_for_display_is_decoded_at_a_part_of_its_size(orientation):
    stored = turned(orientation).resize([4 * side for side in turned(orientation).size], Image.Resampling.BICUBIC)
    content = save(stored, "JPEG", quality=95, exif=exif(orientation))
    small, size = decode.decode_small(content, "x.jpg", 150)
    assert size == (640, 964) == decode.decode(content, "x.jpg").shape[:2]
    assert small.shape == (160, 241, 3)
    assert np.abs(small.astype(int) - UPRIGHT).mean() < 4


def test_other_formats_are_decoded_at_their_size_for_display():
    for kind in ("PNG", "WEBP", "TIFF"):
        small, size = decode.decode_small(save(PICTURE, kind), "x", 8)
        assert small.shape == UPRIGHT.shape
        assert size == UPRIGHT.shape[:2]


def test_a_jpeg_that_is_cut_off_is_refused_for_display_too():
    content = save(PICTURE.resize((2000, 1500)), "JPEG")
    with pytest.raises(ImageError, match="cut off"):
        decode.decode_small(content[: len(content) // 2], "x.jpg", 100)


def test_what_decoding_costs_is_known_before():
    pixels = UPRIGHT.shape[0] * UPRIGHT.shape[1]
    for kind in ("PNG", "JPEG", "TIFF", "GIF", "BMP"):
        assert pixels * 9 <= decode.cost(save(PICTURE, kind)) < pixels * 13
    assert decode.cost(save(PICTURE, "JPEG", progressive=True)) >= pixels * 12
    assert decode.cost(b"nothing") == decode.cost(b"") == 0


def test_a_wide_picture_of_one_row_is_the_same():
    row = np.random.default_rng(0).integers(0, 256, (1, 40_000, 4), np.uint8)
    expected = Image.alpha_composite(Image.new("RGBA", (40_000, 1), "white"), Image.fromarray(row)).convert("RGB")
    np.testing.assert_array_equal(decode.decode(save(Image.fromarray(row), "PNG"), "x"), np.asarray(expected))


@pytest.mark.parametrize("kind", ["WEBP", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_formats_that_pillow_does_not_convert_are_the_same_to_the_bit(kind, mode):
    source = Image.fromarray(with_alpha(UPRIGHT, ALPHA)) if mode == "RGBA" else PICTURE.convert(mode)
    content = save(source, kind, quality=80)
    expected: Image.Image = Image.open(io.BytesIO(content))
    if expected.mode == "RGBA":
        expected = Image.alpha_composite(Image.new("RGBA", expected.size, "white"), expected)
    np.testing.assert_array_equal(decode.decode(content, "x"), np.asarray(expected.convert("RGB")))


@pytest.mark.parametrize("bits", [10, 12])
def test_avif_of_more_than_8_bits(bits):
    options = [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 95]
    deeper = UPRIGHT[..., ::-1].astype(np.uint16) << (bits - 8)
    content = cv2.imencode(".avif", deeper, options)[1].tobytes()
    assert np.abs(decode.decode(content, "x").astype(int) - UPRIGHT).mean() < 4
