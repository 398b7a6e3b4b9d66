from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.callers import principal_of
from billing.plans import count_request


class WithinRequestLimits(BasePermission):
    """REST framework's permission: the person's plan allows one more request. It counts for all answers, 403 too."""

    def has_permission(self, request: Request, view: Any) -> bool:
        count_request(principal_of(request).user.pk)
        return True
