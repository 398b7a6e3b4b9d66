"""Every file of the corpus has its expected outcome and leaves nothing else behind."""

from pathlib import Path

import psutil
import pytest
from PIL import Image

from jobs.decoders import Pool
from jobs.uploads.metadata.text import display_name
from jobs.uploads.normalise import NormalisedPhoto, normalise_photo
from jobs.uploads.unfit import RefusedPhoto
from tests.jobs.uploads.corpus import hostile_files
from tests.jobs.uploads.hostile_file import MAX_BYTES, MEGAPIXELS, Accepted, HostileFile, Refused
from tests.jobs.uploads.raw_files import png_chunks, webp_chunks

FILES = hostile_files()
REFUSED = [file for file in FILES if isinstance(file.expect, Refused)]
ACCEPTED = [file for file in FILES if isinstance(file.expect, Accepted)]


def _name(file: HostileFile) -> str:
    return ascii(file.name)[:40]


def _normalise(file: HostileFile, folder: Path, pool: Pool) -> NormalisedPhoto:
    return normalise_photo(
        file.write(folder),
        name=file.name,
        into=folder / "into",
        max_bytes=MAX_BYTES,
        megapixels=MEGAPIXELS,
        pool=pool,
        person="a",
    )


@pytest.mark.parametrize("file", REFUSED, ids=_name)
def test_refuses(file: HostileFile, tmp_path: Path, pool: Pool) -> None:
    (tmp_path / "into").mkdir()
    with pytest.raises(RefusedPhoto) as refusal:
        _normalise(file, tmp_path, pool)
    expected = Refused(
        refusal.value.code, refusal.value.message.removeprefix(f"“{display_name(file.name)}” ")
    )
    assert file.expect == expected
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize("file", ACCEPTED, ids=_name)
def test_accepts(file: HostileFile, tmp_path: Path, pool: Pool) -> None:
    expect = file.expect
    assert isinstance(expect, Accepted)
    photo = _normalise(file, tmp_path, pool)
    assert (photo.format, photo.width, photo.height, photo.mode) == (expect.format, *expect.size, expect.mode)
    assert photo.notices == expect.notices
    with Image.open(tmp_path / "into/photo.png", formats=["PNG"]) as image:
        assert (image.size, image.mode) == (expect.size, expect.mode)
        seen = {at: image.getpixel(at) for at in expect.pixels}
    far = {
        at: seen[at] for at, colour in expect.pixels.items() if _distance(seen[at], colour) > expect.tolerance
    }
    assert far == {}


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", ["noted.jpg", "noted.png", "p3-alpha.png", "photo-and-page.jpg", "text.png"])
def test_writes_pixels_and_nothing_else(name: str, tmp_path: Path, pool: Pool) -> None:
    file = next(file for file in FILES if file.name == name)
    photo = _normalise(file, tmp_path, pool)
    files = {path.name: path.read_bytes() for path in (tmp_path / "into").iterdir()}
    assert sorted(files) == ["photo.png", "preview.webp", "thumbnail.webp"]
    assert set(png_chunks(files["photo.png"])) == {b"IHDR", b"IDAT", b"IEND"}
    small = {b"VP8X", b"ALPH", b"VP8 "} if photo.mode == "RGBA" else {b"VP8 "}
    assert set(webp_chunks(files["preview.webp"])) == small
    assert set(webp_chunks(files["thumbnail.webp"])) == small
    assert photo.bytes == len(files["photo.png"])


@pytest.mark.services
def test_the_parent_stays_small(tmp_path: Path, pool: Pool) -> None:
    process = psutil.Process()
    for number, file in enumerate(FILES):
        folder = tmp_path / str(number)
        folder.mkdir()
        before = process.memory_info().rss
        try:
            _normalise(file, folder, pool)
        except RefusedPhoto:
            pass
        grown = (process.memory_info().rss - before) / 1024**2
        assert grown <= 300, file.name


def test_corpus_is_large_and_its_names_differ() -> None:
    assert len(REFUSED) >= 30
    assert len({file.name for file in FILES}) == len(FILES)
