"""Prepares an installation: tables, static files, presets, one node, one user. Prints the user's API key.

Run it in the environment of the installation: `python -m tests.e2e.degradation.furnish NODE_URL`.
"""

from __future__ import annotations

import os
import sys

from tests.e2e.degradation.installation import EMAIL, PASSWORD, PRESETS


def furnish(node_url: str) -> str:
    from allauth.account.models import EmailAddress
    from django.core.management import call_command

    from accounts.models import User
    from benchmarks.people import make_person

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    for preset in PRESETS:
        call_command("presets", "import", f"benchmarks/presets/{preset}")
    call_command("nodes", "add", node_url, "--name", "only")
    _, key = make_person(EMAIL, "studio", 10_000)
    person = User.objects.get(email=EMAIL)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    EmailAddress.objects.create(user=person, email=EMAIL, verified=True, primary=True)
    return key


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    sys.stdout.write(f"{furnish(*sys.argv[1:])}\n")


if __name__ == "__main__":
    main()
