"""Closes what a session, an access token or an API key has open when it ends: at once, or by the next poll."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256

from accounts.enums import Means
from accounts.principals import Principal, still_working
from creator.lib.wakeups.in_process import wake_group
from jobs.streaming.listening import Message, listening_to
from jobs.streaming.polling import SharedPoll

PRINCIPALS = SharedPoll(still_working, slower=1 / 6)
"""Within a second, a key that was revoked has nothing open, even if its wake-up was lost."""

SIGNED_OUT = "signed_out"
"""The type of the message that closes; sockets handle it in the method of that name."""


def credential_group(means: Means, credential: str) -> str:
    """The group of the sockets and streams of a credential, named after a digest: a session's key is secret."""
    return f"{means}.{sha256(credential.encode()).hexdigest()[:32]}"


def close_all(means: Means, credential: str) -> None:
    """Closes the sockets and streams of a credential that ended. Those that miss it close at the next poll."""
    wake_group(credential_group(means, credential), {"type": SIGNED_OUT})


@asynccontextmanager
async def watching_access(principal: Principal, ended: Callable[[], None]) -> AsyncIterator[None]:
    """Within the context, calls `ended` on the event loop when the principal's credential ends."""

    def hear(message: Message) -> None:
        if message["type"] == SIGNED_OUT:  # Redis confirms each subscription by another one, to look
            ended()

    group = credential_group(principal.means, principal.credential)
    async with listening_to(group, hear):
        with PRINCIPALS.watching(principal, True, ended):
            yield
