"""Makes two people whom no limit of a plan stops, each with a key for everything, and prints the keys as JSON.

Runs with the settings of the product: `python -m tests.e2e.fuzz.people`.
"""

import json

import django

django.setup()

from accounts.api_keys import make_api_key  # noqa: E402
from accounts.enums import Scope  # noqa: E402
from accounts.models import User  # noqa: E402
from billing.models import Plan  # noqa: E402
from creator.demo import endow  # noqa: E402

UNLIMITED = 10**8
COUNTED = (
    "requests_per_minute",
    "requests_per_hour",
    "submits_per_hour",
    "uploads_per_hour",
    "cancels_per_hour",
)

Plan.objects.filter(slug="studio").update(**dict.fromkeys(COUNTED, UNLIMITED))
made = {}
for name in ("owner", "other"):
    person = User.objects.create_user(f"{name}@example.org")
    endow(person)
    key, secret = make_api_key(owner=person, name="fuzz", scopes=list(Scope))
    made[name] = {"key_id": str(key.pk), "secret": secret}
print(json.dumps(made))
