"""The codes of the contract's error envelope. Where it has no name for a refusal, that keeps ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creator.lib.errors import Refused

STATUS_OF = {
    "blob_not_found": 404,
    "asset_in_use": 409,
    "hash_mismatch": 409,
    "idempotency_key_reuse": 422,
    "invalid_cursor": 422,
    "invalid_metadata_filter": 422,
    "invalid_workflow": 422,
    "metadata_invalid": 422,
    "missing_asset": 422,
    "workflow_format_ui": 422,
}
NAMES = {
    "email_unverified": "forbidden",
    "gone": "missing_asset",
    "idempotency_conflict": "idempotency_key_reuse",
    "internal_error": "upstream_error",
    "invalid_parameters": "invalid_request",
    "malformed_request": "invalid_request",
    "not_allowed": "forbidden",
    "not_authenticated": "unauthorized",
    "payment_due": "insufficient_credits",
    "plan_required": "forbidden",
    "preset_unavailable": "invalid_workflow",
    "spend_cap": "insufficient_credits",
}
"""Our code → the contract's."""


class ContractRefused(Refused):
    """A refusal with a code of the contract, and the status that the contract gives it."""

    def __init__(
        self,
        code: str,
        message: str,
        problems: Mapping[str, str] | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(code, message, problems, facts=facts, headers=headers)
        self._status = STATUS_OF.get(code, status)

    @property
    def status(self) -> int:
        return self._status


def in_contract(refused: Refused) -> Refused:
    """The refusal as the contract names it."""
    if refused.code not in NAMES:
        return refused
    return ContractRefused(
        NAMES[refused.code],
        refused.message,
        refused.problems,
        facts=refused.facts,
        headers=refused.headers,
        status=refused.status,
    )
