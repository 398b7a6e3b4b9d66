"""Eight kinds of photos that presets must do well with, made from the pictures of the shop window."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.processes import ROOT
from tests.jobs.uploads import raw_files

PICTURES = ROOT / "static" / "presets"
REFERENCE_WHITE_NITS, PEAK_NITS = 203.0, 1000.0
BT709_TO_BT2020 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
)  # ITU-R BT.2087


def make_photos(folder: Path) -> tuple[dict[str, Path], dict[str, Image.Image]]:
    """Writes the photos; returns kind → file, and kind → how it is meant to look."""
    shown = {
        "portrait": _picture("portrait_pro"),
        "product": _picture("product_glow"),
        "tall": _picture("mono_film").crop((250, 0, 600, 1050)),
        "wide": _picture("thumbnail_pop").crop((0, 650, 1400, 1000)),
        "tiny": _picture("portrait_pro").resize((24, 18)),
        "cut-out": _cut_out(_picture("product_glow")),
        "dark": _picture("cinematic").point(lambda level: level * 0.15),
        "HDR": _picture("cinematic"),
    }
    files = {kind: folder / f"{kind}.png" for kind in shown}
    for kind, picture in shown.items():
        picture.save(files[kind])
    files["HDR"].write_bytes(encode_hdr(shown["HDR"]))
    return files, shown


def _picture(slug: str) -> Image.Image:
    return Image.open(PICTURES / slug / "before-large.webp").convert("RGB")


def _cut_out(picture: Image.Image) -> Image.Image:
    """An oval of the picture with a soft shadow; vivid green lies under everything transparent."""
    oval = Image.new("L", picture.size, 0)
    ImageDraw.Draw(oval).ellipse((330, 60, 1230, 950), fill=255)
    shadow = oval.filter(ImageFilter.GaussianBlur(40)).point(lambda level: level * 0.5)
    result = Image.new("RGBA", picture.size, (0, 255, 0, 0))
    result.paste(Image.new("RGB", picture.size), mask=shadow.point(lambda level: 255 if level else 0))
    result.paste(picture, mask=oval)
    result.putalpha(Image.composite(oval, shadow, oval))
    return result


def encode_hdr(picture: Image.Image) -> bytes:
    """Returns a 16-bit PNG in BT.2020 with the PQ curve (SMPTE ST 2084); highlights reach 1000 cd/m²."""
    encoded = np.asarray(picture, float) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    nits = linear * REFERENCE_WHITE_NITS * (1 + (PEAK_NITS / REFERENCE_WHITE_NITS - 1) * linear**4)
    signal = _pq(np.clip(nits @ BT709_TO_BT2020.T, 0, PEAK_NITS) / 10_000)
    rows = (np.round(signal * 65535).astype(">u2")).reshape(picture.height, -1).view(np.uint8)
    filtered = np.concatenate([np.zeros((picture.height, 1), np.uint8), rows], axis=1).tobytes()
    stated = raw_files.chunk(b"cICP", bytes((9, 16, 0, 1)))
    return raw_files.png(*picture.size, 16, 2, b"", stated, data=zlib.compress(filtered, 1))


def _pq(light: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    powered = light**0.1593017578125
    result: npt.NDArray[np.float64] = (
        (0.8359375 + 18.8515625 * powered) / (1 + 18.6875 * powered)
    ) ** 78.84375
    return result
