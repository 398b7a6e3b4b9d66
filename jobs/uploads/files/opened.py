"""A picture between its header and its pixels."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A file of which only the header was read. `load` decodes it; it raises Unfit, or any error of Pillow.

    The loaded picture is as stored, with its metadata in `info`: `exif`, `xmp` and `icc_profile` in bytes.
    `header` is set for TIFFs whose tags the loaded picture lacks: a picture of Pillow that has them.
    """

    size: tuple[int, int]
    load: Callable[[], Image.Image]
    header: Image.Image | None = None

    @classmethod
    def of(cls, image: Image.Image, header: Image.Image | None = None) -> "OpenedPicture":
        """Wraps a picture of Pillow whose pixels are not decoded yet."""

        def load() -> Image.Image:
            image.load()
            return image

        return cls(image.size, load, header)
