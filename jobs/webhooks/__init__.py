"""Webhooks: events that are posted to people's own programs, signed by Standard Webhooks.

`happened` says what events are; `events` writes a message of them for each webhook that wants it, in the event's
transaction, and a delivery of it into the outbox. `posting` is the outbox's handler: it signs the message, posts it and records the try. `health` disables a
webhook that is gone or took nothing for a week. `endpoints` and `secrets` are what people change, `messages` what they
are shown and have sent again. docs/webhooks.md tells receivers about it.
"""

from jobs.webhooks.endpoints import (
    CHOICES,
    DESCRIPTION_LENGTH,
    KIND,
    MOST,
    add_webhook,
    change_webhook,
    delete_webhook,
    get_webhook,
    publish_wanted,
    publish_wanted_of_plan,
    webhooks_of,
)
from jobs.webhooks.happened import tell_of_credits, tell_of_moves
from jobs.webhooks.messages import (
    PAGE,
    Sent,
    State,
    get_message,
    messages_of,
    old_deliveries,
    old_messages,
    ping,
    redeliver,
    with_states,
)
from jobs.webhooks.posting import CROWD, post_message
from jobs.webhooks.secrets import present_secret, renew_secrets, rotate_secret

__all__ = [
    "CHOICES",
    "CROWD",
    "DESCRIPTION_LENGTH",
    "KIND",
    "MOST",
    "PAGE",
    "Sent",
    "State",
    "add_webhook",
    "change_webhook",
    "delete_webhook",
    "get_message",
    "get_webhook",
    "messages_of",
    "old_deliveries",
    "old_messages",
    "ping",
    "post_message",
    "present_secret",
    "publish_wanted",
    "publish_wanted_of_plan",
    "redeliver",
    "renew_secrets",
    "rotate_secret",
    "tell_of_credits",
    "tell_of_moves",
    "webhooks_of",
    "with_states",
]
