"""Webhooks that Stripe did not send for us just now, by what is wrong with them: text and header of each."""

from __future__ import annotations

from collections.abc import Callable

from tests.billing.payments.signing import FOREIGN_SECRET, event, signature, text_of

LONGEST = 256 * 1024
TEXT = text_of(event())
TAMPERED = TEXT.replace("cus_1", "cus_2")
HUGE = text_of(event(padding="x" * LONGEST))
OF_API_V2 = text_of(event(object="v2.core.event"))

FORGED: dict[str, Callable[[], tuple[str | bytes, str | None]]] = {
    "no header": lambda: (TEXT, None),
    "an empty header": lambda: (TEXT, ""),
    "no time": lambda: (TEXT, signature(TEXT).partition(",")[2]),
    "no signature": lambda: (TEXT, signature(TEXT).partition(",")[0]),
    "v0 only": lambda: (TEXT, signature(TEXT).replace("v1=", "v0=")),
    "too old": lambda: (TEXT, signature(TEXT, age_s=302)),
    "too far ahead": lambda: (TEXT, signature(TEXT, age_s=-302)),
    "an hour ahead": lambda: (TEXT, signature(TEXT, age_s=-3600)),
    "another time than signed": lambda: (TEXT, signature(TEXT, age_s=400).replace("t=", "t=9")),
    "two times": lambda: (TEXT, f"t=1,{signature(TEXT)}"),
    "tampered": lambda: (TAMPERED, signature(TEXT)),
    "a secret of another site": lambda: (TEXT, signature(TEXT, FOREIGN_SECRET)),
    "no secret": lambda: (TEXT, signature(TEXT, "")),
    "not ASCII": lambda: (TEXT, "t=1,v1=é"),
    "a time of 5,000 digits": lambda: (TEXT, f"t={'9' * 5000},v1=0"),
    "a time that is no number": lambda: (TEXT, "t=now,v1=0"),
    "bytes that are not text": lambda: (b"\xff\xfe", signature("?")),
    "no JSON, signed": lambda: ("{", signature("{")),
    "a list, signed": lambda: ("[]", signature("[]")),
    "no event, signed": lambda: ("{}", signature("{}")),
    "nested too deep, signed": lambda: ("[" * 99_999, signature("[" * 99_999)),
    "an event of API v2, signed": lambda: (OF_API_V2, signature(OF_API_V2)),
    "huge, signed": lambda: (HUGE, signature(HUGE)),
    "huge, unsigned": lambda: (HUGE, None),
}
