"""Fits the brightness of HDR pictures into what sRGB can show, as Chromium does.

The curve halves everything up to reference white, so that lights brighter than that stay distinct, and bends
towards white at 1000 cd/m². Source: SMPTE ST 2094-50, reference white tone mapping operator, for a display
without headroom.
"""

import numpy as np
from numpy.typing import NDArray

REFERENCE_WHITE = 203
"""White of a page in an HDR picture, in cd/m² (ITU-R BT.2408-7)."""

_PEAK = 1000 / REFERENCE_WHITE
_WHITE_SHOWN_AS = 0.5
_BEND = 0.65
_STEPS = 4096


def map_tones(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scales linear BT.2020 RGB (pixels × 3, reference white is 1) to 0…1, keeping its hue.

    All channels of a pixel get the factor that the curve has for the greatest of them.
    """
    brightest = np.maximum(np.maximum(light[:, 0], light[:, 1]), light[:, 2])
    steps = brightest.clip(0, _PEAK) * np.float32(_STEPS / _PEAK)
    factors = _FACTORS[steps.astype(np.uint16)]
    factors *= np.float32(_PEAK) / np.maximum(brightest, np.float32(_PEAK))
    return light * factors[:, None]


def _factors() -> NDArray[np.float32]:
    """Returns the factor by brightness in _STEPS from 0 to _PEAK.

    From (1, ½) to (peak, 1) the curve is a quadratic Bézier. Its middle point lies on the line of the lower
    part, at _BEND of the way from its end to where that line would reach 1.
    """
    knee = np.array([1, _WHITE_SHOWN_AS])
    middle = (1 - _BEND) * knee + _BEND * knee / _WHITE_SHOWN_AS
    t = np.linspace(0, 1, _STEPS)[:, None]
    curve = (1 - t) ** 2 * knee + 2 * t * (1 - t) * middle + t**2 * np.array([_PEAK, 1])
    brightness = np.linspace(0, _PEAK, _STEPS + 1)[1:]
    bent = np.interp(brightness, curve[:, 0], curve[:, 1]) / brightness
    factors = np.where(brightness <= 1, _WHITE_SHOWN_AS, bent)
    return np.concatenate([[_WHITE_SHOWN_AS], factors]).astype(np.float32)


_FACTORS = _factors()
