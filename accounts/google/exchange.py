"""Turns the code of Google's answer into an identity."""

from __future__ import annotations

from django.conf import settings

from accounts.google.flow import Flow
from accounts.google.identity import NOT_CONFIRMED, Identity, read_id_token
from accounts.google.provider import addresses, ask
from creator.lib.errors import Refused


def identify(flow: Flow, *, code: str, redirect_uri: str) -> Identity:
    """Who signed in. `redirect_uri` must be that of the question. Raises as `read_id_token`.

    The access token that comes with the ID token is thrown away.
    """
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.CONFIG.google_client_id,
        "client_secret": settings.CONFIG.google_client_secret,
        "code_verifier": flow.verifier,
    }
    id_token = ask("POST", addresses().token, data=sent).get("id_token")
    if not isinstance(id_token, str):
        raise Refused("not_authenticated", NOT_CONFIRMED)
    return read_id_token(id_token, nonce=flow.nonce)
