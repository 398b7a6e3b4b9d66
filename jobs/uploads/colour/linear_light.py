"""Converts samples to sRGB through the light that they stand for. Only pictures that need it import NumPy.

Sources: ITU-T H.273 (2024), table 3; ITU-R BT.2100-3, tables 4 and 5; IEC 61966-2-1; Lindbloom, "Chromatic
Adaptation" (Bradford).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jobs.uploads.colour.stated import HLG, PQ, PRIMARIES, SRGB, Chromaticities, StatedColour
from jobs.uploads.colour.tone_map import REFERENCE_WHITE, map_tones

Floats = NDArray[np.float32]
Samples = NDArray[np.uint8] | NDArray[np.uint16]

PIXELS_AT_A_TIME = 16_384
"""So many pixels and what becomes of them fit into the processor's cache."""
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_STEPS = 65535
_HLG_PEAK, _HLG_GAMMA = 1000, 1.2


def convert_to_srgb(samples: Samples, white: int, stated: StatedColour) -> NDArray[np.uint8]:
    """Returns 8-bit sRGB of the same shape: rows × columns × RGB. `white` is the greatest value of a sample.

    Colours outside sRGB are clipped, as browsers do. Tones of HDR are mapped first (`map_tones`).
    """
    convert = make_converter(white, stated)
    result = np.empty(samples.shape, np.uint8)
    source, target = samples.reshape(-1, 3), result.reshape(-1, 3)
    for start in range(0, len(source), PIXELS_AT_A_TIME):
        part = slice(start, start + PIXELS_AT_A_TIME)
        target[part] = convert(source[part])
    return result


def make_converter(white: int, stated: StatedColour) -> Callable[[Samples], NDArray[np.uint8]]:
    """Returns `convert_to_srgb` for a few pixels (pixels × RGB), with its tables made once."""
    curve = _decode(stated, np.linspace(0, 1, white + 1)).astype(np.float32)
    shown = _mapped(stated) if stated.is_hdr else _multiplied(_matrix(stated.chromaticities, PRIMARIES[1]))

    def convert(samples: Samples) -> NDArray[np.uint8]:
        light = shown(curve[samples])
        light *= _STEPS
        return _SRGB_CODES[light.clip(0, _STEPS, out=light).astype(np.uint16)]

    return convert


def _multiplied(matrix: Floats) -> Callable[[Floats], Floats]:
    return lambda light: light @ matrix


def _mapped(stated: StatedColour) -> Callable[[Floats], Floats]:
    """Returns what turns light in the stated primaries into linear sRGB with its tones mapped."""
    enter, leave = _matrix(stated.chromaticities, PRIMARIES[9]), _matrix(PRIMARIES[9], PRIMARIES[1])
    if stated.transfer == HLG:
        return lambda light: map_tones(_display_hlg(light @ enter)) @ leave
    return lambda light: map_tones(light @ enter) @ leave


def _matrix(source: Chromaticities, target: Chromaticities) -> Floats:
    """Returns the matrix that turns rows of linear RGB into another RGB, with white adapted to white."""
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(_cones(target) / _cones(source)) @ _BRADFORD
    matrix: NDArray[np.float64] = np.linalg.inv(_to_xyz(target)) @ adapt @ _to_xyz(source)
    return matrix.T.astype(np.float32)


def _to_xyz(chromaticities: Chromaticities) -> NDArray[np.float64]:
    primaries = np.stack([_xyz(*chromaticities[at : at + 2]) for at in (2, 4, 6)], axis=1)
    return primaries * np.linalg.solve(primaries, _xyz(*chromaticities[:2]) / chromaticities[1])


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x, y, 1 - x - y])


def _cones(chromaticities: Chromaticities) -> NDArray[np.float64]:
    return _BRADFORD @ (_xyz(*chromaticities[:2]) / chromaticities[1])


def _decode(stated: StatedColour, code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns light by sample value from 0 to 1; white is 1, in HLG it is the brightest value (scene light)."""
    return code ** (1 / stated.gamma) if stated.gamma else _CURVES[stated.transfer](code)


def _power(exponent: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda code: code**exponent


def _segments(
    alpha: float, slope: float, exponent: float, knee: float
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Inverts V = slope · L below the value `knee` and V = alpha · L^(1/exponent) - (alpha - 1) above it."""
    return lambda code: np.where(code < knee, code / slope, ((code + alpha - 1) / alpha) ** exponent)


def _decode_pq(code: NDArray[np.float64]) -> NDArray[np.float64]:
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = code ** (1 / m2)
    return 10_000 / REFERENCE_WHITE * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def _decode_hlg(code: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def _display_hlg(scene: Floats) -> Floats:
    """Returns what a display of 1000 cd/m² shows, as multiples of reference white (BT.2100, OOTF)."""
    luminance = (scene @ np.array([[0.2627], [0.6780], [0.0593]], np.float32)).clip(0)
    light: Floats = scene * (_HLG_PEAK / REFERENCE_WHITE * luminance ** np.float32(_HLG_GAMMA - 1))
    return light


_BT709 = _segments(1.09929682680944, 4.5, 1 / 0.45, 0.081242858298635)
_CURVES = {
    **dict.fromkeys((1, 11, 12, 14, 15), _BT709),
    4: _power(2.2),
    5: _power(2.8),
    7: _segments(1.111572195921731, 4.0, 1 / 0.45, 0.0912863421177),
    8: _power(1),
    SRGB: _segments(1.055, 12.92, 2.4, 0.04045),
    PQ: _decode_pq,
    17: lambda code: 52.37 / 48 * code**2.6,
    HLG: _decode_hlg,
}


def _srgb_codes() -> NDArray[np.uint8]:
    light = np.linspace(0, 1, _STEPS + 1)
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(code * 255).astype(np.uint8)


_SRGB_CODES = _srgb_codes()
"""sRGB's 8-bit value by light in steps of 1/65535; the darkest step is a twentieth of a value."""
