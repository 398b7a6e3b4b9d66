"""What Google's refusals mean for us."""

from __future__ import annotations

from drive.sources.base import AccessLost, Away, Full, SourceError
from drive.sources.google.exchange import Answer

FULL = {
    "storageQuotaExceeded",
    "quotaExceeded",
    "teamDriveFileLimitExceeded",
    "teamDriveHierarchyTooDeep",
    "numChildrenInNonRootLimitExceeded",
    "activeItemCreationLimitExceeded",
}
LOST = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domainPolicy", "authError"}
LATER_S = {"dailyLimitExceeded": 3600, "accessNotConfigured": 3600, "SERVICE_DISABLED": 3600}


class Refusal(SourceError):
    """Google refuses for a reason of this one call: the caller knows what it means."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}".strip())
        self.status = status
        self.reason = reason

    @property
    def is_missing(self) -> bool:
        """There is no such thing, or this connection may not see it."""
        return self.status == 404


def check(answer: Answer) -> Answer:
    """Returns an answer of success. Raises `AccessLost`, `Full`, `Away`, or `Refusal` for the rest."""
    if answer.status < 300:
        return answer
    reason = answer.reason
    if answer.status == 401 or (answer.status == 403 and reason in LOST):
        raise AccessLost(f"{answer.status} {reason}".strip())
    if answer.status == 403 and reason in FULL:
        raise Full(reason)
    if answer.status == 403 and reason in LATER_S:
        raise Away(reason, LATER_S[reason])
    raise Refusal(answer.status, reason)
