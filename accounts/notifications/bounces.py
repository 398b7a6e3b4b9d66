"""Mail servers that refuse a person's address for good."""

from __future__ import annotations

from accounts.models import User
from accounts.notifications.notifying import MAIL
from creator.platform.models import Delivery


def refused_mail(user: User) -> Delivery | None:
    """The last mail to the person's address, if it could not be delivered and was given up; None if all is well."""
    ended = Delivery.objects.filter(kind=MAIL, destination=user.email)
    dead = ended.filter(dead_at__isnull=False).order_by("-dead_at").first()
    if dead is None or ended.filter(done_at__gt=dead.dead_at).exists():
        return None
    return dead
