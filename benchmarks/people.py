"""Makes users with credits and API keys: `python -m benchmarks.people PLAN CREDITS EMAIL…`.

Prints one line of JSON: e-mail → [user id, key].
"""

from __future__ import annotations

import json
import os
import sys


def make_person(email: str, plan: str, credits: int) -> tuple[str, str]:
    from django.db import transaction

    from accounts.api_keys import make_api_key
    from accounts.models import User
    from billing.ledger import credit_account_of, grant, present_account
    from billing.plans import change_plan

    user = User.objects.create_user(email)
    change_plan(user, plan)
    with transaction.atomic():
        account = str(credit_account_of(user.pk).pk)  # entries stay when a person is erased
        grant(owner_id=user.pk, amount=credits, source="staff", source_id=account, reason="For a trial")
    present_account(user.pk)  # the plan's credits of this month come now, not with the first job
    return str(user.pk), make_api_key(owner=user, name="trial")[1]


def main() -> None:
    plan, credits, *emails = sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print(json.dumps({email: make_person(email, plan, int(credits)) for email in emails}))


if __name__ == "__main__":
    main()
