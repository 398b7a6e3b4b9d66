"""Fills the database of a site under attack: `python -m tests.e2e.guessing.furnish`, in the site's environment.

Its people have the password PASSWORD and a confirmed address. `two@` has an authenticator app too.
"""

from __future__ import annotations

import os

PASSWORD = "correct horse battery"
PEOPLE = ("one@example.org", "two@example.org", "three@example.org", "four@example.org", "boss@example.org")
APP_SECRET = "JBSWY3DPEHPK3PXP"


def furnish() -> None:
    from allauth.account.models import EmailAddress
    from allauth.mfa.totp.internal.auth import TOTP
    from django.core.management import call_command

    from accounts.models import User

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    for email in PEOPLE:
        user = User.objects.create_user(email, PASSWORD, is_staff=email == "boss@example.org")
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    TOTP.activate(User.objects.get(email="two@example.org"), APP_SECRET)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    furnish()
