"""Generated pictures decode as libvips reads them, and as ImageMagick does where libvips reads none."""

import io
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.uploads.files.formats import identify
from jobs.uploads.picture import open_picture, read_picture
from tests.jobs.uploads.generated import decode_rows, generate

pytestmark = pytest.mark.services
FILES = dict(generate())
GREATEST_MEAN = 1.0
"""Of 255, over all pixels and channels."""
UNREAD_BY_LIBVIPS = re.compile(r"cmyk|planes-tiles|(grey|rgb)1[024]\.|rgb[24]\.tif")
"""Tiled planes and odd depths; CMYK without a profile, for which libvips assumes one."""


def _program(package: str, *names: str) -> str:
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail(
            f"The comparison needs {names[0]}. On Debian: sudo apt-get install {package}", pytrace=False
        )
    return path


def _command(name: str) -> list[str]:
    """Reads the file `name` and writes it upright, in sRGB, to `seen.png`."""
    if UNREAD_BY_LIBVIPS.search(name):
        convert = _program("imagemagick", "magick", "convert-im6.q16")
        return [convert, name, "-auto-orient", "-colorspace", "sRGB", "-depth", "8", "seen.png"]
    vips = _program("libvips-tools", "vips")
    if "profile" in name:
        return [vips, "icc_transform", name, "seen.png", "srgb"]
    return [vips, "autorot", name, "seen.png"]


@pytest.mark.parametrize("name", FILES)
def test_as_others_read_it(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    subprocess.run(_command(name), cwd=tmp_path, check=True, capture_output=True)
    photo, _ = read_picture(open_picture(io.BytesIO(FILES[name]), identify(FILES[name][:4096])))
    with Image.open(tmp_path / "seen.png") as seen:
        assert seen.size == photo.size
        difference = np.abs(decode_rows(photo) - decode_rows(seen))
    assert difference.mean() <= GREATEST_MEAN


def test_there_are_many() -> None:
    assert len(FILES) >= 150
