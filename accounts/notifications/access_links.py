"""Links of mails that give access to an account. They are made when the mail is sent and stored nowhere.

The functions take the Letter and raise ObjectDoesNotExist if the account or the address is gone.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.core import signing
from django.urls import reverse

from accounts.models import EmailChange, Side
from accounts.notifications.kind import Letter

PROOF_SALT = "accounts.proof"


def confirm_link(letter: Letter) -> str:
    """Confirms that the address belongs to the person."""
    address = EmailAddress.objects.get(user=letter.user, email__iexact=letter.address)
    return str(get_adapter().get_email_confirmation_url(letter.site, EmailConfirmationHMAC.create(address)))


def change_link(side: Side) -> Callable[[Letter], str]:
    """Lets the person at this address confirm or stop this change of the account's address, and no later one."""

    def link(letter: Letter) -> str:
        change = EmailChange.objects.get(pk=letter.facts["change_id"])
        return letter.url(reverse("account_email_confirm_change", args=[change.key_for(side)]))

    return link


def reset_link(letter: Letter) -> str:
    """Lets the person choose a new password, once."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(letter.user)
    return str(get_adapter().get_reset_password_from_key_url(f"{user_pk_to_url_str(letter.user)}-{token}"))


def proof_link(letter: Letter) -> str:
    """Proves who the person is, in the session that asked for it (`accounts.web.proof_by_mail`)."""
    token = signing.dumps(
        [str(letter.user.pk) if letter.user else "", letter.facts["asked"]], salt=PROOF_SALT
    )
    return letter.url(reverse("account_proof_link", args=[token]))
