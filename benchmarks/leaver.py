"""Makes a person who will leave, with everything that can be stored about one: `python -m benchmarks.leaver EMAIL`.

Prints one line of JSON: id, words that must not be found afterwards, key, access token, cookie, password.
"""

from __future__ import annotations

import json
import os
import sys

PASSWORD = "a long enough sentence of theirs"
PLAN, CREDITS = "studio", 10_000


def make_leaver(email: str) -> dict[str, object]:
    from allauth.account.models import EmailAddress
    from allauth.socialaccount.models import SocialAccount
    from django.db import transaction

    from accounts.api_keys import make_api_key
    from accounts.models import User
    from accounts.tokens import issue
    from benchmarks.session import make_cookie
    from billing.ledger import credit_account_of, grant
    from billing.plans import change_plan

    user = User.objects.create_user(email, PASSWORD, name="Wanda Leaver", time_zone="Europe/Vienna")
    change_plan(user, PLAN)
    account = str(credit_account_of(user.pk).pk)
    with transaction.atomic():
        grant(owner_id=user.pk, amount=CREDITS, source="staff", source_id=account, reason="For a trial")
    for address in (email, "wanda.second@example.org"):
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=address == email)
    SocialAccount.objects.create(user=user, provider="google", uid="google-uid-of-wanda")
    tokens = issue(user, device="Wanda's program", address="192.0.2.99")
    key, secret = make_api_key(owner=user, name="script of wanda")
    words = [str(user.pk), email, "wanda.second", "Wanda Leaver", "google-uid-of-wanda", "Wanda's program"]
    words += ["script of wanda", key.digest, tokens.family.digest, "192.0.2.99", "wandas-photo"]
    return {
        "id": str(user.pk),
        "words": words,
        "key": secret,
        "token": tokens.access,
        "cookie": make_cookie(email),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print(json.dumps(make_leaver(sys.argv[1])))
