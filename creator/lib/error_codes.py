"""Every code with which the API refuses a request: its status, why it comes, and what the caller does about it.

The OpenAPI document, the page `/api/docs/` and docs/api.md show this list.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """`cause` and `remedy` are sentences in Markdown for the developer of a program."""

    status: int
    cause: str
    remedy: str


CODES = {
    "malformed_request": Code(
        400,
        "The JSON, the form, a header or the idempotency key cannot be read.",
        "Correct what the message names.",
    ),
    "not_authenticated": Code(
        401,
        "There is no key or access token, or it is mistyped, revoked or expired. At sign-in: a wrong password or code.",
        "Send a key or access token that works.",
    ),
    "second_factor_required": Code(
        401,
        "The person has a second factor.",
        "Send a code with the `login_token` of `details`.",
    ),
    "insufficient_credits": Code(
        402,
        "The credits left do not pay for this.",
        "Wait for the next credits, or buy some; the message says when they come.",
    ),
    "payment_due": Code(
        402,
        "A payment failed, or credits are owed.",
        "Pay the open invoice, or the credits that are owed; nothing starts until then.",
    ),
    "spend_cap": Code(
        402,
        "The request would go beyond the spend cap of the account or of the key, or the daily limit of a watched folder.",
        "Raise the cap, or wait until `resets_at`.",
    ),
    "email_unverified": Code(
        403,
        "The email address of the account is not confirmed.",
        "Confirm it by the link in the mail.",
    ),
    "not_allowed": Code(
        403,
        "The key lacks a scope; with cookies: the CSRF token is missing.",
        "Use a key with the scope that `details` names; with cookies, send `X-CSRFToken`.",
    ),
    "plan_required": Code(
        403,
        "The plan does not include this.",
        "Choose a larger plan: the message names one; where plans are sold, `details.pricing` is the address of the prices.",
    ),
    "not_found": Code(
        404,
        "It does not exist or is not yours; the answers are the same.",
        "Check the address and the ids in it.",
    ),
    "method_not_allowed": Code(405, "The address has no such method.", "Use one of those in `Allow`."),
    "too_slow": Code(
        408,
        "The request arrived too slowly.",
        "Send the headers within 10 s, and the body without long pauses.",
    ),
    "already_refreshed": Code(
        409,
        "Another request has just used this refresh token.",
        "Use the tokens of the request that came first, or repeat it with its `Idempotency-Key`.",
    ),
    "idempotency_conflict": Code(
        409,
        "The `Idempotency-Key` was used with another request.",
        "Send a new key with a new request.",
    ),
    "preset_unavailable": Code(
        409,
        "The preset is not on offer, or no node can run it.",
        "Choose another preset; `takes_jobs` says which take jobs.",
    ),
    "too_late": Code(
        409,
        "The state of the job, delivery or watched folder does not allow this: it has ended, or has not ended yet, or is paused.",
        "Read the message and look at the state.",
    ),
    "webhook_disabled": Code(
        409,
        "The webhook is disabled, so nothing is sent to it.",
        "Enable it first: `PATCH /webhooks/{id}` with `is_enabled`.",
    ),
    "wrong_offset": Code(
        409,
        "Other bytes of the photo are awaited: a part came twice, or one before it is missing.",
        "Go on from the byte in `Upload-Offset`.",
    ),
    "gone": Code(410, "The photo or file was deleted when its retention ended.", "Upload the photo again."),
    "body_too_large": Code(
        413,
        "The body is larger than this address takes.",
        "Send photos up to the size of the plan, other bodies up to 1 MiB.",
    ),
    "image_too_large": Code(
        413,
        "The photo has more bytes or megapixels than the plan allows.",
        "Send a smaller one, or choose a larger plan.",
    ),
    "wrong_protocol": Code(
        412,
        "Parts of photos are sent by tus 1.0, and `Tus-Resumable` names another version or is missing.",
        "Send `Tus-Resumable: 1.0.0`.",
    ),
    "unsupported_media_type": Code(
        415,
        "The body has another `Content-Type` than this address reads.",
        "Send JSON, or the form that is described.",
    ),
    "range_not_satisfiable": Code(
        416,
        "The `Range` begins beyond the end of the file.",
        "The download is complete, or another file; its size is in `Content-Range`.",
    ),
    "invalid_parameters": Code(
        422,
        "A field is unknown, missing or out of its bounds.",
        "`details` has a sentence for each field.",
    ),
    "unsupported_image": Code(
        422,
        "The file is no photo that can be read.",
        "`details` says why. Send a JPEG, PNG, WebP, HEIC, AVIF or TIFF.",
    ),
    "queue_full": Code(
        429,
        "As many jobs wait as the plan or the site allows.",
        "Wait until some have ended; the message says what is full.",
    ),
    "quota_exceeded": Code(
        429,
        "Something is used up that the plan counts, such as jobs of the period or stored photos.",
        "Wait or delete some; the message says what is full.",
    ),
    "rate_limited": Code(
        429,
        "There were too many requests.",
        "Wait as many seconds as `Retry-After` says; the message says what there was too much of.",
    ),
    "head_too_large": Code(
        431,
        "Address and headers are too large.",
        "Send at most 32 kB in all, 8 kB each, and 100 headers.",
    ),
    "checksum_mismatch": Code(
        460,
        "The part is not what its `Upload-Checksum` says: it was damaged on the way.",
        "Send the part again.",
    ),
    "internal_error": Code(500, "A bug of ours.", "Report the `request_id`."),
    "payments_away": Code(
        503,
        "The payment provider does not answer; nothing was charged.",
        "Repeat it after `Retry-After`.",
    ),
    "service_unavailable": Code(
        503,
        "A part of the site is away at the moment.",
        "Repeat it after `Retry-After`, with the same `Idempotency-Key`.",
    ),
}
