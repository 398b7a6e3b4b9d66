"""Requests as a fuzzer sends them: odd paths, queries, headers, encodings and bodies. A seed repeats them all."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

METHODS = ("GET",) * 6 + ("POST",) * 8 + ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get")
QUERY = [
    "status",
    "preset",
    "batch",
    "limit",
    "cursor",
    "after",
    "page",
    "q",
    "upload",
    "seed",
    "variations",
    "output_format",
    "key",
    "next",
    "defaults",
    "p-strength",
    "p-warmth",
    "reuse",
    "lang",
    "format",
    "token",
    "login",
    "created_after",
    "created_before",
    "from",
    "to",
    "group",
]
FIELDS = [
    "preset",
    "upload_id",
    "upload_ids",
    "parameters",
    "seed",
    "output_format",
    "reuse",
    "variations",
    "key",
    "upload",
    "defaults",
    "photos",
    "file",
    "p-strength",
    "login",
    "password",
    "password1",
    "password2",
    "email",
    "remember",
    "next",
    "theme",
    "action_add",
    "action_send",
    "action_primary",
    "oldpassword",
    "action",
    "again",
]
API_FIELDS = [
    *FIELDS[:12],
    "url",
    "name",
    "scopes",
    "expires_at",
    "time_zone",
    "theme",
    "events",
    "enabled",
    "refresh_token",
]
"""Of bodies in JSON."""
TEXTS: tuple[str, ...] = (
    "", " ", "\0", "a\0b", "cinematic", "queued", "completed", "-1", "0", "1", "1.5", "1e400", "NaN", "Infinity", "9" * 25,
    "9" * 5000, "2147483648", "9223372036854775808", "0x10", "1_000", "٣", "²", "true", "null", "[]", "{}", "a" * 300, "a" * 70_000,
    "' OR 1=1 --", "%", "%s%n", "..", "../../etc/passwd", "\r\nX-Odd: 1", "<script>", "ÿ", "😀" * 100, "\u202e", "\ud800",
    "e\u0301" * 200, "//evil.example/", "http://evil.example/", "javascript:alert(1)", "2026-11-28", "owner@example.org",
    "a@b", "@", str(uuid.UUID(int=7)), "{" + str(uuid.UUID(int=7)) + "}", "urn:uuid:" + str(uuid.UUID(int=7)), "0" * 32,
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, 2**70, -(2**63) - 1, 1e308, 0.1, True, False, None)
KINDS = (
    "application/json", "application/json; charset=utf-16", "application/json; charset=none", "application/JSON ", "text/plain",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data",
    "multipart/form-data; boundary=edge", "multipart/form-data; boundary=" + "e" * 300, "multipart/mixed; boundary=edge",
    "application/octet-stream", "image/png", "", "nonsense", "a/b; c=\"", "application/json, text/html",
)  # fmt: skip
HEADERS: tuple[tuple[str, bytes], ...] = (
    ("Accept", b"text/html"), ("Accept", b"application/json"), ("Accept", b"text/event-stream"), ("Accept", b"*/*;q=x"),
    ("Accept", b", , ,"), ("Accept-Language", b"\xff\xfe"), ("Accept-Encoding", b"gzip;q=nan"), ("Last-Event-ID", b"-1"),
    ("Last-Event-ID", b"9" * 5000), ("Last-Event-ID", "٣".encode()), ("Idempotency-Key", b""), ("Idempotency-Key", b"k" * 300),
    ("Idempotency-Key", b"\xff\xfe"), ("If-None-Match", b"*"), ("If-Modified-Since", b"yesterday"), ("Range", b"bytes=9-1"),
    ("X-Request-ID", b"\xff" * 20), ("X-Forwarded-For", b"1.1.1.1, \xff"), ("X-Forwarded-Proto", b"gopher"), ("Referer", b"\xff//"),
    ("Origin", b"null"), ("Origin", b"http://["), ("Cookie", b"theme=\xff; sessionid=" + b"s" * 500), ("Cookie", b";;;=;a"),
    ("X-CSRFToken", b"\xff"), ("Authorization", b"Bearer"), ("Authorization", b"Bearer \xff\xff"), ("X-API-Key", b"creator_x"),
    ("Prefer", b"wait=1e9, respond-async"), ("If-None-Match", b"W/\"\xff"), ("Upload-Length", b"-1"), ("Upload-Offset", b"9" * 50),
    ("Upload-Metadata", b"filename AAAA\xff,=,"), ("Tus-Resumable", b"1.0.0"), ("Upload-Checksum", b"sha1 !"),
    ("Content-Encoding", b"gzip"), ("Content-Language", b"x"), ("Expect", b"200-maybe"), ("X-HTTP-Method-Override", b"DELETE"),
)  # fmt: skip


@dataclass(frozen=True)
class OddRequest:
    """One request, as bytes of HTTP/1.1 (RFC 9112); the server closes the connection after its answer."""

    route: str
    raw: bytes


def odd_requests(
    addresses: Mapping[str, str], doors: Mapping[str, list[tuple[str, bytes]]], *, count: int, seed: str
) -> Iterator[OddRequest]:
    """`addresses`: route → address with ids of rows. `doors`: who asks → the headers that say so."""
    chance = random.Random(seed)
    for _ in range(count):
        route = chance.choice(sorted(addresses))
        method = chance.choice(METHODS)
        if "logout" in route:
            method = "GET"  # the session is needed for the rest
        headers = [("Host", b"testserver"), ("Connection", b"close"), *doors[chance.choice(sorted(doors))]]
        headers += chance.sample(HEADERS, chance.choice((0, 0, 1, 2)))
        kind, body = _body(chance) if method not in ("GET", "HEAD", "get") else ("", b"")
        if kind or body:
            headers += [("Content-Type", kind.encode("latin-1")), ("Content-Length", b"%d" % len(body))]
        path = _path(addresses[route], chance) + _query(chance)
        lines = [
            f"{method} {path} HTTP/1.1".encode(),
            *(f"{name}: ".encode() + value for name, value in headers),
        ]
        yield OddRequest(route, b"\r\n".join(lines) + b"\r\n\r\n" + body)


def _bytes_of(text: str) -> bytes:
    """UTF-8, also of half a surrogate pair, which no client may send and some do."""
    return text.encode("utf-8", "surrogatepass")


def _path(address: str, chance: random.Random) -> str:
    if chance.random() < 0.6:
        return address
    parts = address.split("/")
    at = chance.randrange(1, len(parts))
    parts[at] = chance.choice(
        (quote(_bytes_of(chance.choice(TEXTS))[:2000], safe=""), "%ff", "%00", "%2e%2e", "", ";", "%u0041")
    )
    return "/".join(parts) or "/"


def _query(chance: random.Random) -> str:
    pairs = []
    for _ in range(chance.choice((0, 0, 1, 2, 8))):
        value = chance.choice(
            (quote(_bytes_of(chance.choice(TEXTS))[:3000]), "%ff%fe", "%00", "%", "%zz", "&&", "=", "+")
        )
        pairs.append(f"{chance.choice(QUERY)}={value}")
    if pairs and chance.random() < 0.2:
        pairs *= 20
    return "?" + "&".join(pairs) if pairs else ""


def _body(chance: random.Random) -> tuple[str, bytes]:
    make = chance.choice((_json_body, _json_body, _odd_json, _form_body, _form_body, _multipart, _noise))
    kind, body = make(chance)
    return (chance.choice(KINDS) if chance.random() < 0.2 else kind), body


def _value(chance: random.Random, depth: int = 0) -> object:
    if depth < 3 and chance.random() < 0.25:
        some = [_value(chance, depth + 1) for _ in range(chance.choice((0, 1, 3)))]
        return some if chance.random() < 0.5 else {chance.choice(TEXTS)[:40]: each for each in some}
    return chance.choice(TEXTS) if chance.random() < 0.7 else chance.choice(NUMBERS)


def _json_body(chance: random.Random) -> tuple[str, bytes]:
    fields = {name: _value(chance) for name in chance.sample(API_FIELDS, chance.choice((1, 2, 4)))}
    if chance.random() < 0.6:
        fields["preset"] = chance.choice(("cinematic", "slow", "mono_film"))
    return "application/json", json.dumps(fields).encode(
        chance.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-32"))
    )


def _odd_json(chance: random.Random) -> tuple[str, bytes]:
    return "application/json", chance.choice((
        b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b'{"seed":' + b"9" * 10_000 + b"}", b'{"seed":1e9999}', b"NaN",
        b'{"preset":"\\ud800"}', b'{"preset":"\\u0000"}', b'{"preset":"a","preset":"b"}', b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"", b"null",
        b'{"\\u0000":1}', b'{"preset":"\xff"}', b"{} {}", b'"' + b"a" * 900_000 + b'"', b'{"parameters":{"a":{"b":[{"c":[]}]}}}', b"-", b"1" * 5000,
    ))  # fmt: skip


def _form_body(chance: random.Random) -> tuple[str, bytes]:
    pairs = [
        f"{chance.choice(FIELDS)}={quote(_bytes_of(chance.choice(TEXTS))[:9000])}".encode()
        for _ in range(chance.choice((1, 3, 8, 1200)))
    ]
    return "application/x-www-form-urlencoded", b"&".join(
        (*pairs, chance.choice((b"", b"%ff=%fe", b"&=&", b"%")))
    )


def _multipart(chance: random.Random) -> tuple[str, bytes]:
    parts = []
    for _ in range(chance.choice((0, 1, 3, 60))):
        name, file = (_bytes_of(chance.choice(TEXTS))[:500].replace(b'"', b"") for _ in range(2))
        field = chance.choice((b"file", b"photos", b"preset", name))
        more = chance.choice(
            (
                b"",
                b'; filename="%s"' % file,
                b"; filename*=utf-8''%ff%fe",
                b"; filename*=none'x'a",
                b'; filename="',
            )
        )
        also = chance.choice(
            (
                b"",
                b"Content-Type: image/png\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Content-Length: -1\r\n",
                b"\xff: \xff\r\n",
            )
        )
        content = chance.choice((b"", b"\x89PNG\r\n\x1a\n", b"\0" * 300, _bytes_of(chance.choice(TEXTS))))
        parts.append(
            b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n%s\r\n'
            % (field, more, also, content)
        )
    return "multipart/form-data; boundary=edge", b"".join(parts) + chance.choice(
        (b"--edge--\r\n", b"", b"--edge", b"--")
    )


def _noise(chance: random.Random) -> tuple[str, bytes]:
    return chance.choice(KINDS), chance.randbytes(chance.choice((1, 100, 5000)))
