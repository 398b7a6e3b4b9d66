from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.callers import principal_of
from creator.lib.errors import Refused


class HasScope(BasePermission):
    """REST framework's permission: the caller has the scope that the view declares for the method in `scopes`.

    A method without a declaration is refused, so that a forgotten one opens nothing.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method not in view.allowed_methods:
            return True  # REST framework answers 405 next
        scope = getattr(view, "scopes", {}).get("GET" if request.method == "HEAD" else request.method)
        if scope is None:
            raise Refused("not_allowed", "Programs may not use this.")
        principal_of(request).require(scope)
        return True
