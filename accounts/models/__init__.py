"""Rows of people and of what lets programs act for them."""

from accounts.models.api_key import ApiKey
from accounts.models.data_export import DataExport
from accounts.models.email_change import EmailChange, Side
from accounts.models.erasure import Erasure
from accounts.models.failed_sign_ins import FailedSignIns
from accounts.models.invitation import Invitation
from accounts.models.known_device import KnownDevice
from accounts.models.notification import MailSchedule, Notification, NotificationPreference
from accounts.models.token_family import TokenFamily
from accounts.models.user import User, UserManager

__all__ = [
    "ApiKey",
    "DataExport",
    "EmailChange",
    "Erasure",
    "FailedSignIns",
    "Invitation",
    "KnownDevice",
    "MailSchedule",
    "Notification",
    "NotificationPreference",
    "Side",
    "TokenFamily",
    "User",
    "UserManager",
]
