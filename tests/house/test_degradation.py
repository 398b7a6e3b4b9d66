"""Each row of the table in docs/production.md names its test, and each test has a row."""

import re

from tests.house.tree import ROOT


def test_rows_and_proofs_are_the_same():
    page = (ROOT / "docs/production.md").read_text()
    table = page.partition("## What happens when a part is away")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    proofs = [re.search(r"`(test_\w+)` \|$", row) for row in rows]
    room = (ROOT / "tests/e2e/degradation/test_away.py").read_text()
    assert sorted(proof[1] if proof else "none" for proof in proofs) == sorted(
        re.findall(r"^def (test_\w+)", room, re.MULTILINE)
    )
