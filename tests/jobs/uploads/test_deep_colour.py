"""AVIF, HEIC and PNG files that state their colour, from 8 to 12 bits, come out right in the whole path."""

import io
import struct
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from jobs.uploads.picture import open_picture, read_picture
from tests.jobs.uploads import pictures, raw_files
from tests.jobs.uploads.test_stated_colour import RECORDED

PATCH = 32
"""Side in pixels of each flat patch: coding with loss leaves its middle as it is."""


def _shown(stated: tuple[int, int]) -> NDArray[np.int64]:
    """What Chromium shows for the recorded codes with these primaries and transfer."""
    says = {"cicp": [*stated, 0, 1]}
    return np.array(next(case["shown"] for case in RECORDED["cases"] if case["says"] == says))


def _patches(depth: int) -> NDArray[np.uint16]:
    """The recorded codes as patches side by side, in `depth` bits."""
    codes = np.round(np.array(RECORDED["codes"]) / 65535 * ((1 << depth) - 1)).astype(np.uint16)
    return np.repeat(np.repeat(codes[None], PATCH, axis=0), PATCH, axis=1)


def _avif(primaries: int, transfer: int, depth: int) -> bytes:
    pixels = _patches(depth)[:, :, ::-1]
    options = [cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_DEPTH, depth, cv2.IMWRITE_AVIF_SPEED, 9]
    written, content = cv2.imencode(".avif", pixels if depth > 8 else pixels.astype(np.uint8), options)
    assert written
    at = content.tobytes().index(b"nclx") + 4
    return content.tobytes()[:at] + struct.pack(">HH", primaries, transfer) + content.tobytes()[at + 4 :]


def _heic(primaries: int, transfer: int, depth: int, alpha: int | None = None, **options: Any) -> bytes:
    pixels, mode = _patches(depth), "RGB"
    if alpha is not None:
        pixels, mode = np.dstack([pixels, np.full_like(pixels[..., 0], alpha)]), "RGBA"
    samples = np.ascontiguousarray(pixels << (16 - depth) if depth > 8 else pixels.astype(np.uint8))
    stream = io.BytesIO()
    pillow_heif.options.SAVE_HDR_TO_12_BIT = depth == 12
    pillow_heif.encode(
        f"{mode};16" if depth > 8 else mode,
        (pixels.shape[1], pixels.shape[0]),
        samples.tobytes(),
        stream,
        quality=-1,
        chroma=444,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=0,
        full_range_flag=1,
        **options,
    )
    return stream.getvalue()


def _decode(content: bytes, kind: str) -> Image.Image:
    opened = open_picture(io.BytesIO(content), kind)
    photo, _ = read_picture(opened)
    assert photo.size == opened.size
    return photo


def _middles(image: Image.Image) -> NDArray[np.int64]:
    return np.asarray(image).astype(int)[PATCH // 2, PATCH // 2 :: PATCH]


def _png(depth: int, stated: dict[str, Any]) -> bytes:
    chunks = []
    if "cicp" in stated:
        chunks.append(raw_files.chunk(b"cICP", bytes(stated["cicp"])))
    if "gamma" in stated:
        chunks.append(raw_files.chunk(b"gAMA", struct.pack(">I", round(stated["gamma"] * 100_000))))
    if "chromaticity" in stated:
        numbers = [round(value * 100_000) for value in stated["chromaticity"]]
        chunks.append(raw_files.chunk(b"cHRM", struct.pack(">8I", *numbers)))
    row = _patches(depth)[0].astype(">u2" if depth == 16 else np.uint8)
    return raw_files.png(len(row), PATCH, depth, 2, row.tobytes(), *chunks)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: str(case["says"]))
def test_stated_colours_of_png(case: dict[str, Any], depth: int) -> None:
    off = np.abs(_middles(_decode(_png(depth, case["says"]), "PNG")) - case["shown"])
    assert off.mean() <= (2 if depth == 8 else 0.5)


STATED = [(12, 13), (9, 13), (5, 13), (1, 8), (9, 16), (12, 16), (9, 18), (12, 18)]
MAKERS = {"AVIF": _avif, "HEIF": _heic}


@pytest.mark.parametrize("depth", [8, 10, 12])
@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("stated", STATED, ids=str)
def test_stated_colours(stated: tuple[int, int], kind: str, depth: int) -> None:
    got = _middles(_decode(MAKERS[kind](*stated, depth), kind))
    off = np.abs(got - _shown(stated))
    assert off.mean() <= (2 if depth == 8 else 1)  # 8 bits cannot hold the dark tones of light and of HDR


def test_hdr_keeps_its_alpha() -> None:
    photo = _decode(_heic(9, 16, 10, alpha=614), "HEIF")
    assert photo.mode == "RGBA"
    assert np.abs(_middles(photo)[:, :3] - _shown((9, 16))).mean() <= 1
    assert set(_middles(photo)[:, 3]) == {153}  # 614 of 1023


def test_hdr_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = _decode(_heic(9, 16, 10, exif=exif.tobytes()), "HEIF")
    assert np.abs(_middles(photo.transpose(Image.Transpose.ROTATE_90)) - _shown((9, 16))).mean() <= 1


def test_a_profile_counts_more_than_code_points() -> None:
    """ISO/IEC 23000-22, section 7.3.6.4: the picture is P3 by its profile, not what its `nclx` says."""
    stream = io.BytesIO()
    image = pictures.flat("RGB", (234, 51, 35))
    image.save(stream, "AVIF", quality=100, subsampling="4:4:4", icc_profile=raw_files.p3_profile())
    at = stream.getvalue().index(b"nclx") + 4
    content = stream.getvalue()[:at] + struct.pack(">HH", 9, 16) + stream.getvalue()[at + 4 :]
    assert np.abs(np.asarray(_decode(content, "AVIF")).astype(int) - (255, 0, 0)).max() <= 4


def test_an_sdr_photo_with_a_gain_map_stays_as_it_is() -> None:
    """Ultra HDR (ISO 21496-1): the first picture of the file is the SDR one, the gain map is the second."""
    photo, gain_map = pictures.quadrants(), pictures.flat("L", 200, (32, 24))
    content = pictures.encode_all([photo, gain_map.convert("RGB")], "MPO")
    assert np.abs(np.asarray(_decode(content, "JPEG")).astype(int) - np.asarray(photo)).max() <= 2


GREY16 = np.array([0, 300, 5000, 20_000, 40_000, 65_535], ">u2")
GREY16_AS_LIGHT = [0, 14, 78, 150, 205, 255]
"""sRGB of these codes if they stand for light."""


def test_a_deep_grey_png_keeps_its_dark_tones() -> None:
    linear = raw_files.chunk(b"gAMA", struct.pack(">I", 100_000))
    photo = _decode(raw_files.png(len(GREY16), 4, 16, 0, GREY16.tobytes(), linear), "PNG")
    assert np.asarray(photo)[0].tolist() == [[value] * 3 for value in GREY16_AS_LIGHT]


def test_a_deep_png_with_alpha_keeps_both() -> None:
    linear = raw_files.chunk(b"gAMA", struct.pack(">I", 100_000))
    row = np.stack([GREY16, GREY16[::-1]], axis=1).astype(">u2").tobytes()
    photo = np.asarray(_decode(raw_files.png(len(GREY16), 4, 16, 4, row, linear), "PNG"))
    assert photo[0, :, 0].tolist() == GREY16_AS_LIGHT
    assert photo[0, :, 3].tolist() == [255, 156, 78, 19, 1, 0]


def test_gamma_reaches_palettes() -> None:
    palette = raw_files.chunk(b"PLTE", bytes((0, 0, 0, 128, 64, 255)))
    linear = raw_files.chunk(b"gAMA", struct.pack(">I", 100_000))
    photo = _decode(raw_files.png(8, 8, 1, 3, b"\xff", linear, palette), "PNG")
    assert photo.getpixel((3, 3)) == (188, 137, 255)
