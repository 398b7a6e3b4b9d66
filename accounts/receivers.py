"""Tells the apps above that a session ended when its person signs out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import user_logged_out
from django.dispatch import receiver

from accounts.enums import Means
from accounts.signals import tell_access_ended


@receiver(user_logged_out)
def end_session(request: Any, **_: Any) -> None:
    if request.session.session_key:
        tell_access_ended(Means.SESSION, request.session.session_key)
