"""What a file says about its colours without an ICC profile: code points, or gamma and chromaticities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Chromaticities = tuple[float, ...]
"""CIE 1931 x and y of white, red, green and blue, in this order (as in PNG's cHRM)."""

D65, C = (0.3127, 0.3290), (0.310, 0.316)
PRIMARIES: dict[int, Chromaticities] = {
    1: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709 and sRGB
    4: (*C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 System M
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 System B, G: PAL
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601: NTSC
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE ST 240
    8: (*C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),  # film
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),  # SMPTE ST 428-1: XYZ
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU Tech 3213
}
"""By ColourPrimaries of ITU-T H.273 (2024), table 2."""

_UNSPECIFIED, _SMPTE_170M = 2, 6
SRGB, PQ, HLG = 13, 16, 18
_CAMERA_CURVES = (1, 11, 14, 15)
_TRANSFERS = frozenset({*_CAMERA_CURVES, 4, 5, _SMPTE_170M, 7, 8, 12, SRGB, PQ, 17, HLG, _UNSPECIFIED})
"""Codes of TransferCharacteristics that Creator converts (ITU-T H.273, table 3)."""

_STATEMENTS = {"cicp", "icc_profile", "nclx", "srgb", "gamma", "chromaticity"}
_GAMMAS = (0.1, 5.0)
"""Bounds of a plausible gAMA."""


@dataclass(frozen=True, slots=True)
class StatedColour:
    """A colour space. `transfer` is a code of H.273; `gamma`, if not 0, takes its place.

    With a `gamma`, a sample is the light that it stands for, to the power of `gamma` (PNG's gAMA).
    """

    chromaticities: Chromaticities
    transfer: int = SRGB
    gamma: float = 0

    @property
    def is_hdr(self) -> bool:
        """Tells whether values exist that are brighter than white."""
        return not self.gamma and self.transfer in (PQ, HLG)


def read_stated_colour(info: Mapping[Any, Any]) -> StatedColour | None:
    """Returns the colour that a picture's `info` states, or None if that is sRGB, an ICC profile or nonsense.

    `info` may have `cicp` (of a PNG: primaries, transfer, matrix, full range), `icc_profile`, `nclx` (of AVIF
    and HEIF: primaries, transfer), `srgb`, `gamma` and `chromaticity`, as Pillow names PNG's chunks. The first
    of them counts (PNG, third edition, section 4.3; ISO/IEC 23000-22, section 7.3.6.4).
    """
    stated = _from_png(*info["cicp"]) if "cicp" in info else None
    if stated is None and "icc_profile" not in info:
        if "nclx" in info:
            stated = _from_nclx(*info["nclx"])
        elif "srgb" not in info:
            stated = _from_gamma(info.get("gamma", 0), info.get("chromaticity"))
    return None if stated == StatedColour(PRIMARIES[1]) else stated


def without_stated_colour(info: Mapping[Any, Any]) -> dict[Any, Any]:
    """Returns `info` of a picture that was converted to sRGB."""
    return {key: value for key, value in info.items() if key not in _STATEMENTS}


def _from_png(primaries: int, transfer: int, matrix: int, full_range: int) -> StatedColour | None:
    """Reads cICP as browsers do: RGB of full range only, and video by the curve of displays (BT.1886)."""
    if (matrix, full_range) != (0, 1):
        return None
    stated = _from_nclx(primaries, transfer)
    if stated and transfer in (*_CAMERA_CURVES, _SMPTE_170M):
        return StatedColour(stated.chromaticities, gamma=1 / 2.4)
    return stated


def _from_nclx(primaries: int, transfer: int) -> StatedColour | None:
    """Returns None for reserved codes. Unspecified ones mean sRGB."""
    if transfer in (_UNSPECIFIED, _SMPTE_170M):
        # Android's encoder states SMPTE 170M for sRGB pictures, and browsers show those with sRGB's curve.
        transfer = SRGB
    if primaries == _UNSPECIFIED:
        primaries = 1
    if primaries not in PRIMARIES or transfer not in _TRANSFERS:
        return None
    return StatedColour(PRIMARIES[primaries], transfer)


def _from_gamma(gamma: float, chromaticities: Chromaticities | None) -> StatedColour | None:
    """Reads gAMA and cHRM as browsers do: cHRM counts only beside gAMA, and about 1/2.2 alone means sRGB."""
    if not _GAMMAS[0] <= gamma <= _GAMMAS[1]:
        return None
    if chromaticities is None:
        return None if abs(gamma * 2.2 - 1) < 0.05 else StatedColour(PRIMARIES[1], gamma=gamma)
    return StatedColour(tuple(chromaticities), gamma=gamma) if _is_plausible(chromaticities) else None


def _is_plausible(chromaticities: Chromaticities) -> bool:
    """Tells whether white is a colour and lies within the triangle of the primaries."""
    white, red, green, blue = zip(chromaticities[::2], chromaticities[1::2], strict=True)
    turns = [_turn(red, green, white), _turn(green, blue, white), _turn(blue, red, white)]
    return white[1] > 0 and max(chromaticities) <= 1 and (min(turns) > 0 or max(turns) < 0)


def _turn(one: tuple[float, float], two: tuple[float, float], point: tuple[float, float]) -> float:
    """Returns twice the area of the triangle, negative if its corners are in clockwise order."""
    return (two[0] - one[0]) * (point[1] - one[1]) - (two[1] - one[1]) * (point[0] - one[0])
