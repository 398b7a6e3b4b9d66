from __future__ import annotations

import unicodedata
import uuid
from datetime import tzinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import preferences
from accounts.emails import LONGEST, InvalidAddress, normal, shown


def normalised(password: str) -> str:
    """One form of what a keyboard may send in several (NIST SP 800-63B-3, 5.1.1.2: NFKC), so that all of them sign in."""
    return unicodedata.normalize("NFKC", password)


class UserManager(BaseUserManager["User"]):
    """Makes and finds users by e-mail address, in any spelling of it.

    Rows hold the normal form (`accounts.emails`), so that a person cannot have two.
    """

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Raises InvalidAddress, or IntegrityError if the address is taken. Without a password nobody can sign in."""
        user = self.model(email=normal(email), typed_email=shown(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def find(self, email: str) -> User | None:
        """The user with this address, or None; also for text that is no address."""
        try:
            return self.filter(email=normal(email)).first()
        except InvalidAddress:
            return None

    def get_by_natural_key(self, username: str | None) -> User:
        """As Django's: `createsuperuser` looks for a taken address with it."""
        if user := self.find(username or ""):
            return user
        raise User.DoesNotExist


class User(AbstractBaseUser, PermissionsMixin):
    """A person (or the command line) who owns uploads and jobs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True, help_text="In its normal form: found by it, and mail goes to it.")
    typed_email = models.CharField(
        max_length=LONGEST,
        blank=True,
        default="",
        db_default="",
        help_text="The address as the person typed it.",
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    name = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="How we address you on pages and in mails.",
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        choices=preferences.time_zone_choices,
        help_text="All times on pages and in mails are shown in it.",
    )
    language = models.CharField(
        max_length=35,
        blank=True,
        default="en",
        db_default="en",
        validators=[preferences.check_language],
        help_text="A language tag such as en, de or pt-BR. Our texts are in English so far.",
    )
    theme = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        choices=preferences.THEMES,
        help_text="The colours of the pages, on every device.",
    )
    keep_copyright = models.BooleanField(
        default=True, help_text="Write copyright, artist and capture date of a photo into its results."
    )

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.shown_email

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and normalised(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and normalised(raw_password))

    @property
    def zone(self) -> tzinfo | None:
        """The time zone that the person chose; None: each page shows the browser's."""
        return preferences.zone_of(self.time_zone)

    @property
    def role(self) -> str:
        """`admin` for staff, otherwise `user`."""
        return "admin" if self.is_staff else "user"

    @property
    def shown_email(self) -> str:
        """The address as pages and mails show it."""
        return self.typed_email or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's proof of a session, made of the address too: a change of it ends other sessions."""
        proven = f"{self.password} {self.email}"
        return salted_hmac("accounts.session", proven, secret=secret, algorithm="sha256").hexdigest()

    @property
    def proofs(self) -> list[str]:
        """What sessions and signed-in programs may carry as proof: they change with the password and the address.

        One for the secret key and one for each of its fallbacks.
        """
        return [self.get_session_auth_hash(), *self.get_session_auth_fallback_hash()]
