"""Says why an AVIF or HEIC file could not be opened. Source: ISO/IEC 14496-12, section 8.11.6 (`iinf`)."""

from jobs.uploads.files.isobmff import find_box, iterate_boxes
from jobs.uploads.unfit import SAVE_AGAIN, Unfit

_READ_TYPES = {b"hvc1", b"av01", b"grid", b"iden", b"iovl"}
"""Types of the items that are pictures and that our decoders read."""
_OTHER_TYPES = {b"Exif", b"mime", b"uri ", b"tmap"}


def explain_failure(content: bytes) -> Unfit:
    """Returns the refusal of a file that the decoder does not recognise as a picture."""
    boxes = dict(iterate_boxes(memoryview(content)))
    if b"meta" not in boxes and b"moov" in boxes:
        return Unfit("unsupported_image", "is animated.")
    if b"meta" not in boxes or (b"mdat" in content and b"mdat" not in boxes):
        return Unfit("unsupported_image", "is cut short or damaged.", SAVE_AGAIN)
    if _item_types(boxes[b"meta"]) - _READ_TYPES - _OTHER_TYPES:
        return Unfit("unsupported_image", "stores its pixels in a way that we do not read.", SAVE_AGAIN)
    return Unfit("unsupported_image", "is damaged and could not be read.", SAVE_AGAIN)


def _item_types(meta: memoryview) -> set[bytes]:
    try:
        items = find_box(meta[4:], b"iinf")
    except LookupError:
        return set()
    start = 8 if items[0] else 6  # version, flags, and the number of entries in 32 or 16 bits
    # After version and flags: the number of the item (32 bits in version 3), its protection, its type.
    return {
        bytes(entry[10:14] if entry[0] == 3 else entry[8:12])
        for kind, entry in iterate_boxes(items[start:])
        if kind == b"infe"
    }
