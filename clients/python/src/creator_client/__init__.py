"""Client for the REST API of Creator: from a photo to a finished picture in one call."""

from creator_client.async_client import AsyncClient
from creator_client.base import VERSION, Picture
from creator_client.client import Client
from creator_client.errors import (
    ApiError,
    Conflict,
    CreatorError,
    Invalid,
    JobFailed,
    LimitReached,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PaymentNeeded,
    ServerError,
    Unreachable,
)

__version__ = VERSION
__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "Conflict",
    "CreatorError",
    "Invalid",
    "JobFailed",
    "LimitReached",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "PaymentNeeded",
    "Picture",
    "ServerError",
    "Unreachable",
]
