"""Opens TIFFs: finds the one picture, and the way to read it right."""

import io
from typing import IO

from PIL import Image, TiffImagePlugin, UnidentifiedImageError  # noqa: F401 - else Pillow imports all its plugins

from jobs.uploads.files import tiff_directory as tags
from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.files.tiff_directory import Directory, read_directories
from jobs.uploads.unfit import SAVE_AGAIN, Unfit

_REDUCED, _MASK, _OLD_REDUCED = 1, 4, 2
_RAW_PHOTOMETRIC = (32803, 34892)  # colour filter array, linear raw (DNG specification)
_PICTURE_COMPRESSIONS = (2, 3, 4, 6, 7)
"""Three of fax, two of JPEG: they depend on what the bytes mean."""
_BYTE_COMPRESSIONS = (1, 5, 8, 32773, 32946, 34925, 50000)
"""None, LZW, Deflate, PackBits, Deflate, LZMA and Zstandard: they pack bytes of any meaning."""
_UNSIGNED, _FLOAT, _UNDEFINED = 1, 3, 4
_METADATA = (tags.ORIENTATION, tags.XMP, tags.EXIF, tags.GPS)


def open_tiff(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Raises Unfit unless it holds one picture, and any error of Pillow."""
    pages = read_directories(file.read())
    picture = _find_picture(pages)
    _check_storing(picture)
    if _is_read_right_by_pillow(picture):
        file.seek(0)
        is_first = picture is pages[0] and not picture.is_big
        return _open_with_pillow(file if is_first else io.BytesIO(picture.rewritten({})), picture)
    if not _can_read_samples(picture):
        raise _unknown_way()
    from jobs.uploads.files.tiff_colours import load_picture  # NumPy, only where it is needed
    from jobs.uploads.files.tiff_samples import open_header

    header = open_header(picture)
    size = picture.number(tags.WIDTH), picture.number(tags.LENGTH)
    return OpenedPicture(size, lambda: load_picture(picture, header.info), header)


def _open_with_pillow(file: IO[bytes], picture: Directory) -> OpenedPicture:
    """Keeps metadata from what Pillow decodes: it would fail on broken ones, and turn the picture by its XMP."""
    try:
        header = Image.open(file, formats=["TIFF"])
    except UnidentifiedImageError:  # what Pillow says of a depth, layout or meaning that it does not know
        raise _unknown_way() from None
    metadata = {tag: None for tag in _METADATA if tag in picture.entries}
    if not metadata:
        return OpenedPicture.of(header)
    return OpenedPicture.of(Image.open(io.BytesIO(picture.rewritten(metadata)), formats=["TIFF"]), header)


def _find_picture(pages: list[Directory]) -> Directory:
    """Returns the only page that is no reduced copy or mask of another. Raises Unfit for several or camera RAW.

    Where all pages are called reduced, the first of a pyramid is the picture. A camera's RAW file keeps its
    pictures in subdirectories or marks them as raw.
    """
    if not pages:
        raise ValueError("no directory")
    before = [None, *pages]
    whole = [
        page
        for page, last in zip(pages, before, strict=False)
        if not _is_a_copy(page) and not _is_half_of(last, page)
    ]
    if not whole and len(pages) > 1:
        whole = pages[:1]
    if (
        not whole
        or any(tags.DNG_VERSION in page.entries for page in pages)
        or whole[0].number(tags.PHOTOMETRIC) in _RAW_PHOTOMETRIC
        or (_is_a_copy(whole[0]) and tags.SUB_DIRECTORIES in whole[0].entries)
    ):
        raise Unfit("unsupported_image", "is a camera RAW file.", SAVE_AGAIN)
    if len(whole) > 1:
        raise Unfit("unsupported_image", "has several pages.")
    return whole[0]


def _is_a_copy(page: Directory) -> bool:
    return bool(page.number(tags.NEW_SUBFILE_TYPE) & (_REDUCED | _MASK)) or (
        page.number(tags.OLD_SUBFILE_TYPE) == _OLD_REDUCED
    )


def _is_half_of(large: Directory | None, page: Directory) -> bool:
    """Tells whether `page` is half as large as the page before it: some writers of pyramids mark no copies."""
    sides = (tags.WIDTH, tags.LENGTH)
    return large is not None and all(
        large.number(side) - 2 * page.number(side) in (-1, 0, 1) for side in sides
    )


def _check_storing(picture: Directory) -> None:
    """Raises Unfit for kinds of numbers without a defined white, and for compressions that libtiff here lacks."""
    bits, kind = picture.number(tags.BITS, 1), picture.number(tags.SAMPLE_FORMAT, _UNSIGNED)
    if kind == _FLOAT:
        raise Unfit("unsupported_image", "stores its pixels as floating-point numbers.", SAVE_AGAIN)
    if bits == 32:
        raise Unfit("unsupported_image", "stores its pixels as 32-bit numbers.", SAVE_AGAIN)
    if bits > 8 and kind not in (_UNSIGNED, _UNDEFINED):
        raise _unknown_way()
    if picture.number(tags.COMPRESSION, 1) not in (*_PICTURE_COMPRESSIONS, *_BYTE_COMPRESSIONS):
        raise _unknown_way()


def _unknown_way() -> Unfit:
    return Unfit("unsupported_image", "stores its pixels in a way that we do not read.", SAVE_AGAIN)


def _is_read_right_by_pillow(picture: Directory) -> bool:
    bits, samples = picture.number(tags.BITS, 1), picture.number(tags.SAMPLES, 1)
    colours, extra = picture.number(tags.PHOTOMETRIC), picture.numbers(tags.EXTRA_SAMPLES)
    if picture.number(tags.COMPRESSION, 1) in _PICTURE_COMPRESSIONS or colours not in tags.CHANNELS:
        return True  # or Pillow refuses it
    if picture.number(tags.PLANAR, 1) != 1 or picture.number(tags.FILL_ORDER, 1) != 1:
        return False
    if bits == 1:
        return colours in (tags.WHITE_IS_ZERO, tags.BLACK_IS_ZERO) and samples == 1
    if colours == tags.PALETTE:
        return bits == 8 and samples == 1 and max(picture.numbers(tags.COLOUR_MAP), default=0) > 255
    if colours == tags.RGB:
        return bits in (8, 16) and (samples, len(extra)) in ((3, 0), (4, 0), (4, 1))
    if colours == tags.BLACK_IS_ZERO and bits == 16:
        return samples == 1
    return bits == 8 and samples == tags.CHANNELS[colours]


def _can_read_samples(picture: Directory) -> bool:
    bits, colours = picture.number(tags.BITS, 1), picture.number(tags.PHOTOMETRIC)
    return (
        picture.number(tags.SAMPLES, 1) >= tags.CHANNELS[colours]
        and len(set(picture.numbers(tags.BITS))) <= 1
        and bits <= (8 if colours == tags.PALETTE else 16)
        and picture.number(tags.PREDICTOR, 1) in ((1, 2) if bits in (8, 16) else (1,))
    )
