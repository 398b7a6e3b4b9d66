"""Prints a session cookie of a user, for sockets: `python -m benchmarks.session EMAIL`."""

from __future__ import annotations

import os
import sys
from importlib import import_module


def make_cookie(email: str) -> str:
    """`name=value` of a new session like that of the sign-in form."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.models import User

    user = User.objects.get(email=email)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print(make_cookie(sys.argv[1]))
