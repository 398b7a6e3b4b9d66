"""What a person used: credits of finished pictures and those that came back, by day and preset. Reads only."""

from billing.usage.spans import NAMED, Span, named_span, span_of_days
from billing.usage.titles import titles_of
from billing.usage.used import Key, Usage, Use, period_of, summed, usage_of

__all__ = [
    "NAMED",
    "Key",
    "Span",
    "Usage",
    "Use",
    "named_span",
    "period_of",
    "span_of_days",
    "summed",
    "titles_of",
    "usage_of",
]
