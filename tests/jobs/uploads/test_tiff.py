"""TIFFs of odd depths and layouts are read right; several pages and numbers without a white are refused."""

import io
import re
import struct

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jobs.uploads.picture import open_picture, read_picture
from jobs.uploads.unfit import Unfit
from tests.jobs.uploads import raw_files, tiff_files
from tests.jobs.uploads.pictures import encode, flat, quadrants
from tests.jobs.uploads.tiff_files import Storing, write_pages, write_tiff

HEIGHT, WIDTH = 37, 53
CHANNELS = {tiff_files.GREY_NEGATIVE: 1, tiff_files.GREY: 1, tiff_files.RGB: 3, tiff_files.CMYK: 4}


def _decode(content: bytes) -> NDArray[np.int64]:
    opened = open_picture(io.BytesIO(content), "TIFF")
    photo, _ = read_picture(opened)
    assert photo.size == opened.size
    return np.asarray(photo).astype(int)


def _samples(count: int, bits: int) -> NDArray[np.int64]:
    """Noise over a slope: a wrong predictor, plane, depth or byte order shows."""
    noise = np.random.default_rng(9).integers(0, 1 << bits, (HEIGHT, WIDTH, count))
    slope = np.linspace(0, (1 << bits) - 1, WIDTH).astype(int)[None, :, None]
    return (noise + 3 * slope) // 4


def _seen(samples: NDArray[np.int64], how: Storing) -> NDArray[np.float64]:
    """The sRGB values that the samples stand for (TIFF 6.0, sections 4, 6 and 16)."""
    part = samples / ((1 << how.bits) - 1) * 255
    if how.meaning == tiff_files.CMYK:
        return (255 - part[:, :, :3]) * (255 - part[:, :, 3:]) / 255
    part = 255 - part if how.meaning == tiff_files.GREY_NEGATIVE else part
    return np.broadcast_to(part, (HEIGHT, WIDTH, 3))


LAYOUTS = [
    dict(zip(("planar", "tile", "packing", "predictor", "order", "big"), row, strict=True))
    for row in (
        (False, None, tiff_files.NONE, False, "<", False),
        (False, None, tiff_files.LZW, True, ">", False),
        (False, (16, 16), tiff_files.DEFLATE, True, "<", True),
        (True, None, tiff_files.NONE, False, ">", False),
        (True, None, tiff_files.LZW, True, "<", False),
        (True, None, tiff_files.PACKBITS, False, "<", False),
        (True, (16, 32), tiff_files.NONE, False, "<", False),
        (True, (32, 16), tiff_files.DEFLATE, True, ">", True),
    )
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: "-".join(map(str, layout.values())))
@pytest.mark.parametrize("meaning", CHANNELS)
@pytest.mark.parametrize("bits", [8, 16])
def test_layouts(bits: int, meaning: int, layout: dict) -> None:
    how = Storing(bits, meaning, **layout)
    samples = _samples(CHANNELS[meaning], bits)
    assert np.abs(_decode(write_tiff(samples, how)) - _seen(samples, how)).max() <= (
        2 if meaning == tiff_files.CMYK else 1
    )


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("meaning", CHANNELS)
@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15])
def test_odd_depths(bits: int, meaning: int, planar: bool, tile: tuple[int, int] | None) -> None:
    how = Storing(bits, meaning, planar, tile, packing=tiff_files.DEFLATE)
    samples = _samples(CHANNELS[meaning], bits)
    assert np.abs(_decode(write_tiff(samples, how)) - _seen(samples, how)).max() <= (
        2 if meaning == tiff_files.CMYK else 1
    )


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("greatest", [255, 65535])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes(bits: int, greatest: int, tile: tuple[int, int] | None) -> None:
    """Old writers store entries from 0 to 255; libtiff says "Assuming 8-bit colormap"."""
    colours = np.random.default_rng(3).integers(0, 256, (3, 1 << bits))
    colours[0, 0] = 255
    entries = tuple((colours * (greatest // 255)).ravel().tolist())
    samples = _samples(1, bits)
    content = write_tiff(samples, Storing(bits, tiff_files.PALETTE, tile=tile, colour_map=entries))
    assert np.abs(_decode(content) - colours.T[samples[:, :, 0]]).max() <= 1


ASSOCIATED, UNASSOCIATED, OTHER = 1, 2, 0


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize(
    "extra", [(UNASSOCIATED,), (ASSOCIATED,), (OTHER, UNASSOCIATED), (UNASSOCIATED, OTHER)]
)
@pytest.mark.parametrize(
    "meaning", [tiff_files.GREY, tiff_files.GREY_NEGATIVE, tiff_files.RGB, tiff_files.CMYK]
)
@pytest.mark.parametrize("bits", [8, 16])
def test_alpha(bits: int, meaning: int, extra: tuple[int, ...], planar: bool) -> None:
    if extra == (ASSOCIATED,) and meaning in (tiff_files.GREY_NEGATIVE, tiff_files.CMYK):
        extra = (UNASSOCIATED,)  # "multiplied by alpha" has no defined meaning where 0 is white
    count = CHANNELS[meaning]
    samples, alpha = _samples(count, bits), _samples(1, bits) // 2 + (1 << bits - 1)
    how = Storing(bits, meaning, planar, extra=extra, packing=tiff_files.DEFLATE)
    stored = samples * alpha // ((1 << bits) - 1) if extra == (ASSOCIATED,) else samples
    channels = [stored] + [alpha if kind != OTHER else samples[:, :, :1] for kind in extra]
    got = _decode(write_tiff(np.concatenate(channels, axis=2), how))
    assert got.shape[2] == 4
    assert np.abs(got[:, :, :3] - _seen(samples, how)).max() <= (3 if extra == (ASSOCIATED,) else 2)
    assert np.abs(got[:, :, 3] - alpha[:, :, 0] / ((1 << bits) - 1) * 255).max() <= 1


def test_channels_that_are_no_alpha_are_dropped() -> None:
    samples = _samples(5, 8)
    got = _decode(write_tiff(samples, Storing(8, tiff_files.RGB, extra=(OTHER, OTHER))))
    assert np.array_equal(got, samples[:, :, :3])


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_orientation(orientation: int) -> None:
    samples = _samples(3, 16)
    turned = {1: samples, 3: samples[::-1, ::-1], 6: np.rot90(samples, -1), 8: np.rot90(samples)}[orientation]
    got = read_picture(
        open_picture(
            io.BytesIO(write_tiff(samples, Storing(16, planar=True, tags={274: orientation}))), "TIFF"
        )
    )[0]
    assert np.abs(np.asarray(got).astype(int) - turned / 257).max() <= 1


XMP, EXIF, GPS = 700, 34665, 34853
TEXT, SIGNED_BYTE = 2, 6
XMP_TURN = b'<rdf:Description tiff:Orientation="6"/>'


def _with_type(content: bytes, tag: int, kind: int) -> bytes:
    """The file with another type of one tag, which may make nonsense of its value."""
    (entry,) = re.findall(re.escape(struct.pack("<H", tag)) + rb"[\1\3\4\7]\0", content)
    return content.replace(entry, struct.pack("<HH", tag, kind))


BROKEN_METADATA = {
    "XMP as a number": write_tiff(_samples(3, 8), Storing(tags={XMP: 5})),
    "XMP as a large number": write_tiff(_samples(3, 8), Storing(tags={XMP: 70_000})),
    "EXIF data before the file": _with_type(write_tiff(_samples(3, 8), Storing(tags={EXIF: 255})), EXIF, SIGNED_BYTE),
    "position before the file": _with_type(write_tiff(_samples(3, 8), Storing(tags={GPS: 255})), GPS, SIGNED_BYTE),
}  # fmt: skip


@pytest.mark.parametrize("content", BROKEN_METADATA.values(), ids=BROKEN_METADATA)
def test_broken_metadata_is_dropped(content: bytes) -> None:
    assert np.array_equal(_decode(content), _samples(3, 8))


def test_xmp_as_text_is_read() -> None:
    packet = b"<dc:creator>Zoe</dc:creator>"
    content = _with_type(encode(quadrants(), "TIFF", tiffinfo={XMP: packet}), XMP, TEXT)
    photo, notices = read_picture(open_picture(io.BytesIO(content), "TIFF"))
    assert (photo.tobytes(), notices) == (quadrants().tobytes(), {"artist": "Zoe"})


@pytest.mark.parametrize("how", [{}, {"compression": "tiff_lzw"}], ids=str)
def test_the_orientation_in_xmp_turns_nothing(how: dict) -> None:
    content = encode(quadrants(), "TIFF", tiffinfo={XMP: XMP_TURN}, **how)
    assert np.array_equal(_decode(content), np.asarray(quadrants()))


PAGE = Storing(packing=tiff_files.DEFLATE)
COPY = Storing(packing=tiff_files.DEFLATE, tags={254: 1})
OLD_COPY = Storing(packing=tiff_files.DEFLATE, tags={255: 2})
MASK = Storing(bits=1, meaning=4, tags={254: 4})


@pytest.mark.parametrize("rest", [[COPY], [COPY] * 5, [OLD_COPY], [MASK], [COPY, MASK]], ids=len)
@pytest.mark.parametrize("first", [PAGE, Storing(16, planar=True)])
def test_reduced_copies_are_no_pages(first: Storing, rest: list[Storing]) -> None:
    samples = _samples(3, first.bits)
    others = [(_samples(1, 1) if how is MASK else _samples(3, 8)[::2, ::2], how) for how in rest]
    got = _decode(write_pages([(samples, first), *others]))
    assert np.abs(got - _seen(samples, first)).max() <= 1


@pytest.mark.parametrize("picture", [PAGE, Storing(16, planar=True)])
def test_a_copy_may_come_first(picture: Storing) -> None:
    samples = _samples(3, picture.bits)
    got = _decode(write_pages([(_samples(3, 8)[::4, ::4], COPY), (samples, picture)]))
    assert np.abs(got - _seen(samples, picture)).max() <= 1


def test_of_a_pyramid_of_copies_the_first_counts() -> None:
    samples = _samples(3, 8)
    assert np.array_equal(_decode(write_pages([(samples, COPY), (samples[::2, ::2], COPY)])), samples)


def test_pages_that_halve_are_a_pyramid() -> None:
    """ImageMagick's pyramids mark no reduced copies."""
    samples = _samples(3, 8)
    levels = [samples, samples[:-1:2, :-1:2], samples[:-3:4, :-1:4]]
    assert np.array_equal(_decode(write_pages([(level, PAGE) for level in levels])), samples)


PAGES = "has several pages. Send a single picture: JPEG, PNG, WebP, HEIC, AVIF or TIFF."
AGAIN = "Export it again as JPEG or PNG and send that."
REFUSED = {
    "two pages": (lambda: write_pages([(_samples(3, 8), PAGE)] * 2), PAGES),
    "two pages and a copy": (
        lambda: write_pages([(_samples(3, 8), how) for how in (PAGE, COPY, PAGE)]),
        PAGES,
    ),
    "float": (
        lambda: write_tiff(_samples(3, 16), Storing(16, tags={339: 3})),
        f"stores its pixels as floating-point numbers. {AGAIN}",
    ),
    "long float": (
        lambda: encode(flat("F", 0.5), "TIFF"),
        f"stores its pixels as floating-point numbers. {AGAIN}",
    ),
    "long": (lambda: encode(flat("I", 5), "TIFF"), f"stores its pixels as 32-bit numbers. {AGAIN}"),
    "signed": (
        lambda: write_tiff(_samples(1, 16), Storing(16, tiff_files.GREY, tags={339: 2})),
        f"stores its pixels in a way that we do not read. {AGAIN}",
    ),
    "WebP inside": (
        lambda: write_tiff(_samples(3, 8), Storing(packing=50001)),
        f"stores its pixels in a way that we do not read. {AGAIN}",
    ),
    "Lab of 16 bits": (
        lambda: write_tiff(_samples(3, 16), Storing(16, meaning=8)),
        f"stores its pixels in a way that we do not read. {AGAIN}",
    ),
    "different depths": (
        lambda: raw_files.tiff(64, 48, 8, bytes(9216)).replace(b"\x08\0\x08\0\x08\0", b"\x05\0\x06\0\x05\0"),
        f"stores its pixels in a way that we do not read. {AGAIN}",
    ),
    "raw": (
        lambda: raw_files.tiff(64, 48, 16, bytes(6144), photometric=32803),
        f"is a camera RAW file. {AGAIN}",
    ),
}


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_refusals_are_true(make, words: str) -> None:
    with pytest.raises(Unfit) as refusal:
        _decode(make())
    assert f"{refusal.value.reason} {refusal.value.advice}" == words


@pytest.mark.parametrize("options", [{"quality": 95}, {"quality": 95, "subsampling": "4:2:0"}], ids=str)
def test_jpeg_inside(options: dict) -> None:
    picture = quadrants()
    content = encode(picture, "TIFF", compression="jpeg", **options)
    assert np.abs(_decode(content) - np.asarray(picture)).mean() <= 2


def test_notices_of_odd_files_are_kept() -> None:
    image = Image.new("I;16", (8, 8), 300)
    exif = Image.Exif()
    exif[0x8298], exif[0x013B] = "© Zoë".encode(), "Zoë".encode()
    content = encode(image, "TIFF", exif=exif).replace(
        b"\x06\x01\x03\x00\x01\x00\x00\x00\x01", b"\x06\x01\x03\x00\x01\x00\x00\x00\x00"
    )
    photo, notices = read_picture(open_picture(io.BytesIO(content), "TIFF"))
    assert photo.getpixel((0, 0)) == (254, 254, 254)
    assert notices == {"copyright": "© Zoë", "artist": "Zoë"}
