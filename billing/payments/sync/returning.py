"""Which credits go back with money that went back (pure): the same share of the credits as of the payment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from billing.payments.sync.facts import Charge, Facts, Return
from billing.payments.sync.granting import INVOICE, PACK

Source = tuple[str, str]
"""Source and id of a grant in the ledger."""


@dataclass(frozen=True)
class TakeBack:
    """What goes back because of one refund or dispute: credits of each grant that the charge has paid for."""

    of: Return
    charge: Charge
    credits: Mapping[Source, int]

    @property
    def total(self) -> int:
        return sum(self.credits.values())

    def name_of(self, granted_by: Source) -> str:
        """The id under which the ledger enters it once."""
        return f"{self.of.id}:{granted_by[1]}"


def take_backs_of(facts: Facts, granted: Mapping[Source, int]) -> Iterator[TakeBack]:
    """All that went back of the customer's payments, in its order. `granted`: what the ledger granted for payments."""
    for charge in facts.charges:
        sources = _sources(charge, facts, granted)
        for of, before, after in _shares(charge):
            credits = {
                each: round(granted[each] * after / charge.cents)
                - round(granted[each] * before / charge.cents)
                for each in sources
            }
            yield TakeBack(of, charge, credits)


def _shares(charge: Charge) -> Iterator[tuple[Return, int, int]]:
    """Each return with the cents that were gone before and after it: together never more than the payment."""
    gone = 0
    for each in charge.returns:
        before = gone
        if each.counts:
            gone = min(charge.cents, gone + each.cents)
        if each.counts or each.is_undone:
            yield each, before, gone


def _sources(charge: Charge, facts: Facts, granted: Mapping[Source, int]) -> list[Source]:
    """The grants that this charge has paid for: of the periods of its invoice, or of its checkout."""
    if not charge.payment_id:
        return []
    invoices = tuple(f"{each.id}:" for each in facts.invoices if charge.payment_id in each.payment_ids)
    packs = {each.id for each in facts.sessions if each.payment_id == charge.payment_id}
    return [
        (source, name)
        for source, name in granted
        if (source == INVOICE and name.startswith(invoices)) or (source == PACK and name in packs)
    ]
