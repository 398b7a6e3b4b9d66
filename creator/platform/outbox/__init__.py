"""The outbox: messages to the outside, written as rows in the transaction of their event and handed on later.

`add_delivery` inserts the row and rings once the transaction is committed. `hand_on_due` (the task
`platform.deliver`, queue `deliveries`) calls the kind's handler. A failing delivery is tried with back-off
for three days; then it is dead until staff retry it. Handlers run at least once per delivery: if a worker
dies after the handler succeeded and before the row is marked done, the handler is called again with the same
event id (`delivery.is_repeat`). Calls for one row do not overlap while the worker
renews its lease: a suspended worker or a handler that runs for over 30 minutes can overlap with the next try.

At most one call is under way to a destination, and its deliveries are tried in the order in which they are due. So the
messages to one receiver arrive in the order of their events, except for those that have to be tried again. Receivers
that are strangers' machines and may hang get a `Crowd` of threads, so that they delay nobody but themselves.
"""

from creator.platform.outbox.adding import add_deliveries, add_delivery
from creator.platform.outbox.crowd import Crowd
from creator.platform.outbox.dead import dead_deliveries, retry_delivery
from creator.platform.outbox.destinations import deliveries_to, forget_destination, give_up, send_again
from creator.platform.outbox.handing_on import hand_on_due, wake_crowds
from creator.platform.outbox.handlers import Postponed, TryAgain, Undeliverable, register_handler
from creator.platform.outbox.pending import ring_for_due

__all__ = [
    "Crowd",
    "Postponed",
    "TryAgain",
    "Undeliverable",
    "add_deliveries",
    "add_delivery",
    "dead_deliveries",
    "deliveries_to",
    "forget_destination",
    "give_up",
    "hand_on_due",
    "register_handler",
    "retry_delivery",
    "ring_for_due",
    "send_again",
    "wake_crowds",
]
