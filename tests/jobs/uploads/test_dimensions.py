"""Which sizes a photo may have: what makers call 24 and 50 megapixels fits plans of as many."""

import re

import pytest

from jobs.uploads.dimensions import check_size
from jobs.uploads.unfit import Unfit

TAKEN = {
    24: [(5712, 4284), (6000, 4000), (6048, 4032), (6016, 4016), (5664, 4256), (4032, 6048), (5988, 3992)],
    50: [(8160, 6144), (8192, 6144), (8160, 6120), (8688, 5792), (8640, 5760), (8256, 6192), (8272, 6200)],
}


@pytest.mark.parametrize(
    ("megapixels", "size"), [(plan, size) for plan, sizes in TAKEN.items() for size in sizes], ids=str
)
def test_what_makers_call_so_many_megapixels_is_taken(megapixels: int, size: tuple[int, int]) -> None:
    check_size(*size, megapixels=megapixels)


@pytest.mark.parametrize(
    ("megapixels", "size", "count"),
    [
        (24, (6240, 4160), "26"),
        (24, (5801, 4351), "25.2"),
        (24, (20_000, 20_000), "400"),
        (50, (8400, 6300), "52.9"),
        (50, (9248, 6936), "64.1"),
        (1, (1060, 1000), "1.1"),
    ],
)
def test_a_refusal_names_two_different_numbers(megapixels: int, size: tuple[int, int], count: str) -> None:
    with pytest.raises(Unfit) as unfit:
        check_size(*size, megapixels=megapixels)
    assert re.findall(r"([\d.,]+) megapixels", f"{unfit.value}") == [count, str(megapixels)]
