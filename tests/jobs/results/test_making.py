"""Results are made in children: the same bytes as ever, and no file of a node is opened by the caller."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import EpsImagePlugin, Image

from jobs.decoders import Pool
from jobs.results.encoding import encode_result
from jobs.results.making import (
    DecoderFailed,
    Kept,
    Run,
    Unreadable,
    check_output,
    is_transparent,
    lay_photo,
    make_result,
)
from jobs.results.transparency import Cutout, lay_on
from jobs.uploads.derivatives import derive_preview, derive_thumbnail
from tests.jobs.results.bad_children import CRASHES, FAULTS
from tests.jobs.uploads.corpus import hostile_files
from tests.jobs.uploads.pictures import encode, flat, quadrants

NOTICES = {"copyright": "© Zoë", "captured_at": "2026-05-01T12:30:00+02:00"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _runner(Pool(tmp_path_factory.mktemp("decoders"), tasks="jobs.results.tasks"))


def _runner(pool: Pool, act: str = "") -> Run:
    return lambda task, arguments, folder: pool.run(act or task, arguments, folder=folder, person="a")


@pytest.fixture(autouse=True)
def unopened(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Lets this process open no picture, until the returned function is called."""
    opened = Image.open

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the caller opened a picture")

    monkeypatch.setattr(Image, "open", refuse)
    return lambda: monkeypatch.setattr(Image, "open", opened)


def _output(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "output"
    path.write_bytes(content)
    return path


def _transparent() -> Image.Image:
    picture = quadrants().convert("RGBA")
    picture.putalpha(flat("L", 40))
    return picture


@pytest.mark.parametrize("notices", [{}, NOTICES], ids=["silent", "noted"])
@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_the_files_are_those_that_encoding_makes(
    format: Any, keeps: bool, notices: dict[str, str], run: Run, tmp_path: Path, unopened: Callable[[], Any]
) -> None:
    content, photo = encode(quadrants(), "PNG"), tmp_path / "photo.png"
    photo.write_bytes(encode(_transparent(), "PNG"))
    kept = Kept(photo, "#ffffff") if keeps else None
    made = make_result(run, _output(tmp_path, content), format=format, notices=notices, kept=kept)
    unopened()
    cutout = Cutout.read(io.BytesIO(photo.read_bytes()), "#ffffff") if keeps else None
    expected = encode_result(content, format=format, notices=notices, cutout=cutout)
    assert made.result.path.read_bytes() == expected.content
    assert made.preview.path.read_bytes() == derive_preview(expected.image)
    assert made.thumbnail.path.read_bytes() == derive_thumbnail(expected.image)
    assert (made.result.content_type, made.result.width, made.result.height) == (f"image/{format}", 64, 48)
    assert {(file.width, file.height) for file in (made.preview, made.thumbnail)} == {(64, 48)}


def test_small_copies_have_their_own_sizes(run: Run, tmp_path: Path) -> None:
    output = _output(tmp_path, encode(flat("L", 9, (2000, 1000)), "PNG"))
    made = make_result(run, output, format="png", notices={}, kept=None)
    sizes = [(file.width, file.height) for file in (made.result, made.preview, made.thumbnail)]
    assert sizes == [(2000, 1000), (1400, 700), (480, 240)]


def test_a_photo_is_laid_on_a_ground(run: Run, tmp_path: Path, unopened: Callable[[], Any]) -> None:
    photo, expected = tmp_path / "photo.png", io.BytesIO()
    photo.write_bytes(encode(_transparent(), "PNG"))
    made = lay_photo(run, photo, "#102030")
    lay_on(_transparent(), "#102030", expected)
    assert made.read_bytes() == expected.getvalue()


@pytest.mark.parametrize(
    ("picture", "answer"), [(_transparent(), True), (quadrants(), False)], ids=["transparent", "opaque"]
)
def test_the_header_tells_whether_a_photo_is_transparent(picture: Image.Image, answer: bool) -> None:
    file = io.BytesIO(encode(picture, "PNG"))
    assert (is_transparent(file), file.tell()) == (answer, 0)


def _postscript() -> bytes:
    stream = io.BytesIO()
    EpsImagePlugin._save(quadrants(), stream, "out.eps")
    return stream.getvalue()


OTHERS: dict[str, Callable[[], bytes]] = {
    "EPS": _postscript,
    "SVG": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "PDF": lambda: encode(quadrants(), "PDF"),
    "ICNS": lambda: encode(flat("RGB", 0, (32, 32)), "ICNS"),
    **{
        format: lambda format=format: encode(quadrants(), format)
        for format in ("GIF", "BMP", "TIFF", "ICO", "TGA", "PPM", "PCX", "JPEG2000", "DDS", "SGI", "AVIF")
    },
    "nothing": lambda: b"",
    "two megabytes of zeros": lambda: bytes(2 * 1024**2),
    **{
        file.name: file.content
        for file in hostile_files()
        if file.name.startswith(
            ("cut", "checksum", "header", "bomb", "text-bomb", "head-only", "page", "empty")
        )
    },
}


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_other_files_are_refused(
    make: Callable[[], bytes], run: Run, tmp_path: Path, unopened: Callable[[], Any]
) -> None:
    output = _output(tmp_path, make())
    with pytest.raises(Unreadable, match="not a readable picture"):
        make_result(run, output, format="png", notices={}, kept=None)
    with pytest.raises(Unreadable, match="not a readable picture"):
        check_output(run, output)


def test_a_whole_picture_is_one(run: Run, tmp_path: Path) -> None:
    for format in ("PNG", "WEBP", "JPEG"):
        check_output(run, _output(tmp_path, encode(quadrants(), format)))


@pytest.mark.parametrize("kept", [0, 7, 20, 100, 1000, -1, -12])
def test_a_png_cut_anywhere_is_refused(kept: int, run: Run, tmp_path: Path) -> None:
    content = encode(Image.effect_noise((64, 48), 50), "PNG")
    with pytest.raises(Unreadable):
        check_output(run, _output(tmp_path, content[:kept]))


@pytest.fixture(scope="module")
def bad_pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return Pool(tmp_path_factory.mktemp("bad"), tasks="tests.jobs.results.bad_children")


@pytest.mark.parametrize(
    ("act", "error"),
    [*((act, Unreadable) for act in CRASHES), *((act, DecoderFailed) for act in FAULTS)],
)
def test_a_child_that_fails_or_lies(act: str, error: type[Exception], bad_pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(error):
        make_result(_runner(bad_pool, act), _output(tmp_path, b"x"), format="png", notices={}, kept=None)
