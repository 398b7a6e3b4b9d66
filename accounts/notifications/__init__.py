"""Notifications: what people are told of, by mail and on the page /notifications/. The only sender of mail.

`notify(kinds.KEY_MADE, user, event_id=…, facts=…)` inserts rows in the transaction of the event; the outbox sends
the mail, so an outage of the mail server loses none. A new kind is an entry of `kinds.py` (of an app above: a Kind
given to `register_kind`) and its words in `templates/mail/<name>.txt`. allauth's own mails come here by its adapter
(`from_allauth.py`): its flows must not be told of a second time.
"""

from accounts.notifications import kinds
from accounts.notifications.kind import Group, Kind, Letter, page_at, register_kind
from accounts.notifications.notifying import notify
from accounts.notifications.pruning import prune_notifications

__all__ = [
    "Group",
    "Kind",
    "Letter",
    "kinds",
    "notify",
    "page_at",
    "prune_notifications",
    "register_kind",
]
