"""An authenticator app of the tests."""

import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value


class App:
    """Codes of one secret. `add` gives it to a person."""

    def __init__(self) -> None:
        self.secret = generate_totp_secret()

    def add(self, user) -> Authenticator:
        return TOTP.activate(user, self.secret).instance

    def code(self, *, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        step = int(time.time()) // app_settings.TOTP_PERIOD + steps
        return format_hotp_value(hotp_value(self.secret, step))
