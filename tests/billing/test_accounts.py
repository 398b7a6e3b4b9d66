import pytest
from django.db import transaction

from billing.ledger import credit_account_of, hold_credits, open_credit_account, settle
from billing.models import CreditAccount, LedgerEntry, Plan
from tests.billing.conftest import balances


def test_a_new_account_has_the_free_plan_and_its_credits(cast):
    Plan.objects.filter(slug="free").update(credits=33)
    account = open_credit_account(cast.owner)
    assert (account.owner_id, account.plan_id) == (cast.owner.pk, "free")
    assert (account.available, account.reserved, account.spent, account.granted) == (33, 0, 0, 33)
    entry = LedgerEntry.objects.values_list("account", "kind", "amount", "source", "source_id").get()
    assert entry[:4] == (account.pk, "grant", 33, "monthly")
    assert entry[4] == f"{account.pk}:{cast.owner.date_joined:%Y-%m-%d}"


def test_opening_again_changes_nothing(cast, held):
    again = open_credit_account(cast.owner)
    assert (again, balances(cast.owner)) == (CreditAccount.objects.get(), (42, 8, 0))


def test_an_account_is_opened_when_it_is_first_asked_for(cast):
    assert credit_account_of(cast.owner.pk).available == 50
    assert credit_account_of(cast.owner.pk) == CreditAccount.objects.get()


def test_an_account_is_opened_by_the_first_hold(cast):
    hold_credits(owner_id=cast.owner.pk, amounts={"job:1": 8}, label="cinematic")
    assert balances(cast.owner) == (42, 8, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda owner_id: hold_credits(owner_id=owner_id, amounts={"job:1": 1}, label="x"),
        lambda owner_id: settle("job:1"),
    ],
    ids=["hold", "settle"],
)
def test_the_ledger_is_changed_inside_a_transaction_only(change, cast):
    with pytest.raises(transaction.TransactionManagementError):
        change(cast.owner.pk)
    assert LedgerEntry.objects.count() == 0
