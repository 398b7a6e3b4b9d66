from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.schemas.keys import KeyAnswer, KeyBody, KeyListAnswer, MadeKeyAnswer
from accounts.api_keys import get_key, keys_of, make_api_key, require_may_make, revoke_api_key
from accounts.callers import caller_of, principal_of
from accounts.enums import KeyOrigin, Scope
from creator.api.views import ApiView
from creator.platform.api import answer_once, json_answer
from creator.platform.idempotency import Answer


class Keys(ApiView):
    """`GET /keys`: the caller's keys. `POST /keys`: a new key, with scopes that the caller has itself."""

    scopes = {"GET": Scope.ACCOUNT_READ, "POST": Scope.ACCOUNT_WRITE}
    body_fields = KeyBody
    answers = {"GET": {200: KeyListAnswer}, "POST": {201: MadeKeyAnswer}}
    refusals = {"POST": ("quota_exceeded",)}
    repeatable = ("POST",)

    def get(self, request: Request) -> Response:
        return Response(KeyListAnswer({"keys": keys_of(caller_of(request))}).data)

    def post(self, request: Request) -> HttpResponse:
        owner, asked = caller_of(request), self.body
        caller = principal_of(request)
        caller.require(*map(Scope, asked["scopes"]))
        if caller.api_key_id:
            require_may_make(caller.api_key_id)

        def make() -> Answer:
            key, secret = make_api_key(
                owner=owner, made_by=KeyOrigin.API, address=request.META.get("REMOTE_ADDR", ""), **asked
            )
            stored = json_answer(201, MadeKeyAnswer({"secret": None, "key": key}).data)
            shown = json_answer(201, MadeKeyAnswer({"secret": secret, "key": key}).data)
            return Answer(stored.status, stored.headers, stored.body, sent_once=shown.body)

        return answer_once(request, owner.pk, request.data, make)


class OneKey(ApiView):
    """`GET /keys/{id}`: one key. `DELETE /keys/{id}`: revokes it at once; a repeat is answered alike."""

    scopes = {"GET": Scope.ACCOUNT_READ, "DELETE": Scope.ACCOUNT_WRITE}
    answers = {"GET": {200: KeyAnswer}, "DELETE": {204: None}}

    def get(self, request: Request, key_id: UUID) -> Response:
        return Response(KeyAnswer(get_key(caller_of(request), key_id)).data)

    def delete(self, request: Request, key_id: UUID) -> Response:
        key = get_key(caller_of(request), key_id)
        revoke_api_key(key=key, address=request.META.get("REMOTE_ADDR", ""))
        return Response(status=204)
