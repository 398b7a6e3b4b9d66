from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.api_keys import JOB_SCOPES, NAME_LENGTH
from accounts.enums import Scope
from creator.lib.errors import Refused

NEVER, ON_A_DAY = "never", "day"
LASTING = {
    "30": "In 30 days",
    "90": "In 90 days",
    "365": "In 365 days",
    NEVER: "Never",
    ON_A_DAY: "At the end of a day",
}


class KeyForm(forms.Form):
    """What the form of a new key asks. `make_api_key` checks the rest."""

    name = forms.CharField(
        max_length=NAME_LENGTH,
        help_text="What uses this key, such as “nightly import”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope) for scope in Scope],
        initial=[scope.value for scope in JOB_SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one: a key without any opens nothing."},
    )
    lasting = forms.ChoiceField(label="Expires", choices=list(LASTING.items()), initial="90")
    day = forms.DateField(
        label="Day",
        required=False,
        help_text="Only for “At the end of a day”, in the time zone of your profile.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    @classmethod
    def filled_in(cls, query: QueryDict) -> KeyForm:
        """An unsent form with the values of an address."""
        return cls(initial={name: query.getlist(name) if name == "scopes" else query[name] for name in query})

    def take(self, refused: Refused) -> None:
        """Shows why `make_api_key` refused, beside the fields that it names."""
        if not refused.problems:
            self.add_error(None, refused.message)
        for field, problem in refused.problems.items():
            self.add_error("day" if field == "expires_at" else field, problem)

    def clean(self) -> dict[str, Any]:
        """Adds `expires_at`: an aware datetime, or None."""
        given: dict[str, Any] = super().clean() or {}
        lasting, day = given.get("lasting", ""), given.get("day")
        if lasting == ON_A_DAY and day is None and "day" not in self.errors:
            self.add_error("day", "Choose the day.")
        elif lasting.isdigit():
            given["expires_at"] = timezone.now() + timedelta(days=int(lasting))
        elif lasting == ON_A_DAY and day:
            given["expires_at"] = timezone.make_aware(datetime.combine(day, time.max))
        return given
