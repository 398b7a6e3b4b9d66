from django.db import models
from django.db.models.functions import Now


class Invitation(models.Model):
    """An address that may sign up while sign-up is open to invited people only. It goes when its account is created."""

    email = models.EmailField(unique=True, help_text="In its normal form.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.email
