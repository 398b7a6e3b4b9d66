"""A second person of an installation, who has an authenticator app. Prints what the tests use.

Run it in the environment of the installation: `python -m tests.e2e.degradation.secured add|token`.
`add` makes the person and prints the code of now; `token` prints an access token of the installation's person.
"""

from __future__ import annotations

import os
import sys

from tests.e2e.degradation.installation import EMAIL as PERSON
from tests.e2e.degradation.installation import PASSWORD

EMAIL = "secured@example.org"


def add() -> str:
    from allauth.account.models import EmailAddress

    from accounts.models import User
    from tests.accounts.factors.app import App

    person = User.objects.create_user(EMAIL, PASSWORD)
    EmailAddress.objects.create(user=person, email=EMAIL, verified=True, primary=True)
    app = App()
    app.add(person)
    return app.code(steps=1)  # works now and for a minute


def token() -> str:
    from accounts.models import User
    from accounts.tokens import issue

    return issue(User.objects.get(email=PERSON), device="a script", address="192.0.2.1").access


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    sys.stdout.write(f"{ {'add': add, 'token': token}[sys.argv[1]]() }\n")


if __name__ == "__main__":
    main()
