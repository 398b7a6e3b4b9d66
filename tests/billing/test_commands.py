"""What staff do from the command line: adjust credits, change a plan, list plans."""

import uuid

import pytest
from django.core.management import CommandError, call_command

from billing.ledger import credit_account_of
from billing.models import Plan
from creator.platform.models import AuditLine

EMAIL, WHY = "owner@example.org", ("--reason", "A picture came out blank")


def test_credits_are_added_and_taken(account, capsys):
    call_command("adjust_credits", EMAIL, "30", *WHY)
    call_command("adjust_credits", EMAIL, "-79", *WHY)
    assert capsys.readouterr().out == f"{EMAIL} has 80 credits.\n{EMAIL} has 1 credit.\n"
    assert list(AuditLine.objects.values_list("action", "actor")) == [("credits_adjusted", None)] * 2


def test_a_repeat_with_a_key_changes_nothing(account, capsys):
    key = ("--key", str(uuid.uuid4()))
    for _ in range(2):
        call_command("adjust_credits", EMAIL, "30", *WHY, *key)
    assert capsys.readouterr().out.endswith(f"This was done before: {EMAIL} has 80 credits.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody@example.org", "30", *WHY), "There is no user nobody@example.org."),
        ((EMAIL, "0", *WHY), "Write how many credits"),
        ((EMAIL, "-51", *WHY), "50 credits"),
        ((EMAIL, "30", "--reason", " "), "Say why"),
        ((EMAIL, "30"), "--reason"),
    ],
)
def test_what_cannot_be_adjusted_is_told(account, cast, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("adjust_credits", *arguments)
    assert credit_account_of(cast.owner.pk).available == 50


def test_a_plan_is_changed(account, cast, capsys):
    call_command("change_plan", EMAIL, "studio")
    assert capsys.readouterr().out == f"{EMAIL} has the Studio plan.\n"
    assert credit_account_of(cast.owner.pk).plan_id == "studio"


def test_an_unknown_plan_is_told_with_those_there_are(account):
    with pytest.raises(CommandError, match=r"There is no plan golden. Plans: free, creator, studio."):
        call_command("change_plan", EMAIL, "golden")


def test_plans_are_listed_with_price_credits_and_people(account, capsys):
    Plan.objects.filter(slug="studio").update(is_offered=False)
    call_command("plans")
    free, creator, studio = capsys.readouterr().out.splitlines()
    assert free.split("  ")[0] == "free"
    assert "1 account" in free
    assert "€19" in creator
    assert "1,000 credits" in creator
    assert studio.endswith("not offered")
