"""A small OpenID provider in Google's place: discovery, PKCE, codes that work once, RS256 tokens, and faults.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636. The person at its pages is `provider.person`.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.jobs.execution.running import eventually

CLIENT_ID, CLIENT_SECRET = "creator.apps.example", "a secret of the client"
KID = "key-1"


@dataclass
class Provider:
    """`claims` are laid over those of every token, `fault` names what goes wrong, `asked` lists requests by path."""

    issuer: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "1001", "email": "Fig@Example.org", "email_verified": True}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def app(self) -> Starlette:
        routes = {
            "/.well-known/openid-configuration": self.discovery,
            "/authorize": self.authorize,
            "/keys": self.keys,
        }
        asked = [Route(path, view) for path, view in routes.items()]
        return Starlette(routes=[*asked, Route("/token", self.token, methods=["POST"])])

    def discovery(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if self.fault == "down":
            return Response("no", status_code=502)
        if self.fault == "nonsense":
            return Response("<html>")
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    def authorize(self, request: Request) -> Response:
        """The person agrees at once, unless the fault is that they do not."""
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        if self.fault == "denied":
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe()
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        sent = dict(await request.form())
        asked = self.codes.pop(sent["code"], None)
        if self.fault == "down":
            return Response("no", status_code=502)
        if asked is None or not self._is_ours(sent, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": "access-of-google",
                "refresh_token": "refresh-of-google",
                "token_type": "Bearer",
                "id_token": self.id_token(asked["nonce"]),
            }
        )

    def _is_ours(self, sent: dict[str, str], asked: dict[str, str]) -> bool:
        challenge = urlsafe_b64encode(sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        return (
            (sent["client_id"], sent["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)
            and sent["redirect_uri"] == asked["redirect_uri"]
            and challenge == asked["code_challenge"]
        )

    def keys(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [public | {"kid": KID, "alg": "RS256", "use": "sig"}]})

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {
            name: value for name, value in (claims | self.person | self.claims).items() if value is not None
        }
        if self.fault == "unsigned":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": KID})
        if self.fault == "symmetric":
            return jwt.encode(
                claims, "a guessed secret of 32 bytes or more", algorithm="HS256", headers={"kid": KID}
            )
        key = rsa.generate_private_key(65537, 2048) if self.fault == "forged" else self.key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KID})


@contextmanager
def serve() -> Iterator[Provider]:
    provider = Provider()
    server = uvicorn.Server(uvicorn.Config(provider.app(), port=0, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(30)
