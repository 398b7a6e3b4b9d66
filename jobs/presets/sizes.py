"""How large a result will be, before anything runs."""

from collections.abc import Mapping
from typing import NamedTuple

from jobs.presets.manifest import Manifest
from jobs.presets.params import IntegerParameter, Value
from jobs.presets.render import Photo, bindings_of

_TINY, _HUGE = (1, 1), (10**6, 10**6)


class Size(NamedTuple):
    """Pixels of a picture."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many pixels the picture has."""
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


def result_size(
    manifest: Manifest, photo: tuple[int, int] | None, values: Mapping[str, Value]
) -> Size | None:
    """Return the size of the picture that checked `values` make of a photo of that size (None: no photo).

    None if the manifest does not say it. The manifest's `result` names the graph inputs that decide it. The rule
    of `longest_side` is that of ComfyUI's ImageScaleToMaxDimension, which rounds the shorter side half to even.
    """
    result = manifest.result
    if result is None:
        return None
    named = Photo("photo.png", *photo) if photo else None
    bound = dict(bindings_of(manifest, values, seed=0, photo=named))
    if result.width and result.height:
        return Size(int(bound[result.width]), int(bound[result.height]))
    assert result.longest_side is not None  # reading the manifest checked both
    assert photo is not None
    width, height = photo
    longest = int(bound[result.longest_side])
    if width >= height:
        return Size(longest, longest if width == height else round(height / width * longest))
    return Size(round(width / height * longest), longest)


def describe_size(manifest: Manifest, values: Mapping[str, Value]) -> str:
    """Say how large results of any photo are; empty if the manifest does not say it."""
    if manifest.result is None:
        return ""
    smallest, largest = (result_size(manifest, side, values) for side in (_TINY, _HUGE))
    assert largest is not None
    if smallest == largest:
        return f"{largest} px"
    if manifest.result.longest_side is None:
        return f"up to {largest} px"
    own = not any(
        isinstance(p, IntegerParameter) and p.photo_cap and p.name in values for p in manifest.settings
    )
    return f"{'the size of the photo, ' if own else ''}up to {largest.width} px on the longest side"
