"""The platform's rows and their constraints."""

from creator.platform.models.audit_line import AuditLine
from creator.platform.models.beat_slot import BeatSlot
from creator.platform.models.delivery import Delivery
from creator.platform.models.idempotency_key import IdempotencyKey
from creator.platform.models.leased_row import LeasedRow

__all__ = ["AuditLine", "BeatSlot", "Delivery", "IdempotencyKey", "LeasedRow"]
