"""allauth's forms, filled by programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account import app_settings
from allauth.utils import get_form_class
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused

NAMES = {"login": "email", "password1": "password", "uidb36": "key"}
"""allauth's names of fields, and those of the API."""
WRONG = {"email_password_mismatch", "incorrect_code"}
"""Errors of a form that say: you are not who you say."""


def filled(
    name: str, form_class: type[forms.Form], data: Mapping[str, Any], *, about: str = "body", **given: Any
) -> Any:
    """The form of this name, ours or allauth's, with valid data. Raises as `check`."""
    form = get_form_class(app_settings.FORMS, name, form_class)(data=data, **given)
    check(form, about=about)
    return form


def check(form: forms.Form, *, about: str = "body") -> None:
    """Raises Refused: `not_authenticated` for a wrong password or code, `rate_limited`, or `invalid_parameters`.

    `about`: the field that errors of the whole form concern.
    """
    if form.is_valid():
        return
    errors = [(name, error) for name, found in form.errors.as_data().items() for error in found]
    sentences = {NAMES.get(name, name): str(error.messages[0]) for name, error in reversed(errors)}
    codes = {error.code for _, error in errors}
    if "too_many_login_attempts" in codes:
        raise Refused("rate_limited", next(iter(sentences.values())), headers={"Retry-After": "60"})
    if codes & WRONG:
        raise Refused("not_authenticated", next(iter(sentences.values())), headers=CHALLENGE)
    problems = {about if name == NON_FIELD_ERRORS else name: said for name, said in sentences.items()}
    raise Refused("invalid_parameters", "Some fields need another look.", problems)
