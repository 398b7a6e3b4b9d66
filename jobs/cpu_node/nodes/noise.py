"""ImageAddNoise: exactly the noise of a real server, which draws it on the CPU even if it has a GPU.

32-bit words of a Mersenne Twister (MT19937) seeded with the low 32 bits of the seed give u = (word & 0xffffff) / 2^24.
The Box-Muller transform turns each block of 16 into 16 normal numbers: r = sqrt(-2 ln(1 - u[j])), t = 2 pi u[j + 8],
out[j] = r cos t, out[j + 8] = r sin t for j = 0..7. If the count is not a multiple of 16, the last 16 are drawn
again. The numbers follow the picture row by row, with the channels of a pixel together.
"""

import numpy as np
import numpy.typing as npt

from jobs.cpu_node.nodes.arrays import BLOCK, Picture, pointwise, share_out
from jobs.cpu_node.nodes.registry import NodeClass, integer, number, picture

_TURN = np.float32(2 * np.pi)


def normal_numbers(seed: int, count: int) -> Picture:
    """`count` normal numbers as float32. `count` must be at least 16."""
    generator = np.random.RandomState(seed & 0xFFFFFFFF)
    numbers = np.empty(max(16, count), np.float32)
    whole = count // 16 * 16
    words = np.frombuffer(generator.bytes(4 * count), "<u4")
    _fill(numbers[:whole], words[:whole])
    if count % 16:
        _fill(numbers[count - 16 : count], np.frombuffer(generator.bytes(64), "<u4"))
    return numbers[:count]


def _fill(target: Picture, words: npt.NDArray[np.uint32]) -> None:
    def work(start: int) -> None:
        part = words[start : start + BLOCK]
        uniform = (part & np.uint32(0xFFFFFF)).astype(np.float32)
        uniform *= np.float32(2.0**-24)
        pairs = uniform.reshape(-1, 2, 8)
        radius = np.sqrt(np.float32(-2) * np.log(np.float32(1) - pairs[:, 0]))
        angle = _TURN * pairs[:, 1]
        out = target[start : start + BLOCK].reshape(-1, 2, 8)
        np.multiply(radius, np.cos(angle), out=out[:, 0])
        np.multiply(radius, np.sin(angle), out=out[:, 1])

    share_out(work, range(0, target.size, BLOCK))


def image_add_noise(image: Picture, seed: int, strength: float) -> tuple[Picture]:
    """x + strength n, clamped."""
    noise = normal_numbers(seed, image.size).reshape(image.shape)
    gain = np.float32(strength)

    def kernel(target: Picture, x: Picture, n: Picture) -> None:
        np.multiply(n, gain, out=target)
        target += x
        np.clip(target, np.float32(0), np.float32(1), out=target)

    return (pointwise(kernel, image, noise),)


NODES = (
    NodeClass(
        "ImageAddNoise",
        image_add_noise,
        (
            picture(),
            integer("seed", 0, 0, 2**64 - 1, control_after_generate=True),
            number("strength", 0.5, 0.0, 1.0, step=0.01),
        ),
        ("IMAGE",),
        "image/filters",
        "Add Noise to Image",
    ),
)
