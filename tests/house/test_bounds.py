"""The table of bounds in docs/production.md has every bound of the code, its value and a proof that exists."""

import re

from creator.lib import bounds
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/production.md").read_text().partition("## How long each part is waited for")[2]
ROWS = [
    line.strip("| ").split(" | ") for line in PAGE.partition("## ")[0].splitlines() if line.startswith("| `")
]


def test_every_bound_is_in_the_table_with_its_value():
    told = {name: float(seconds) for names, seconds, *_ in ROWS for name in re.findall(r"`(\w+_S)`", names)}
    assert told == {name: value for name, value in vars(bounds).items() if name.endswith("_S")}


def test_every_proof_exists():
    named = set(re.findall(r"`(test_\w+)`", PAGE.partition("## ")[0]))
    silent = read_tests("tests/e2e/degradation/test_silent.py")
    providers = (
        "tests/accounts/google/test_sign_in.py",
        "tests/billing/payments/test_client.py",
        "tests/creator/lib/outside/test_visits.py",
        "tests/jobs/api/test_uploads_by_address.py",
    )
    assert silent <= named <= silent.union(*map(read_tests, providers))


def read_tests(path: str) -> set[str]:
    return set(re.findall(r"^def (test_\w+)", (ROOT / path).read_text(), re.MULTILINE))
