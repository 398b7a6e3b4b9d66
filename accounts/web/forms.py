"""What the forms of sign-in share: the field for an address, and how a form reads a new password."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from django import forms

from accounts.emails import InvalidAddress, normal
from accounts.passwords.rules import HELP


class AddressField(forms.CharField):
    """An e-mail address in any spelling; its value is the normal form.

    The widget has no `type="email"`: browsers would refuse or rewrite what we can read, such as a Unicode domain.
    """

    def __init__(self, *, autocomplete: str = "email", **options: Any) -> None:
        attributes = {
            "inputmode": "email",
            "autocomplete": autocomplete,
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        options = {"label": "Email", "widget": forms.TextInput(attributes), **options}
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        try:
            return normal(super().clean(value))
        except InvalidAddress as error:
            raise forms.ValidationError(error.message) from error


class NewPassword:
    """A form that sets a password: says our rules once."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = HELP
        for field in self.fields.values():
            field.label = str(field.label).capitalize()  # allauth has some as titles: "New Password"


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField(autocomplete="username")
        self.order_fields(["login"])
