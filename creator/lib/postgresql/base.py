"""The backend. Django finds `DatabaseWrapper` in the module `base` of the package that ENGINE names."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from creator.lib.bounds import DATABASE_CHECK_S
from creator.lib.postgresql.patience import patience, replies_within


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, but a pooled connection that does not answer its check soon is replaced."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises OperationalError, at once if this request or task has waited in vain before."""
        ours = patience()
        if ours.is_over:
            raise psycopg.OperationalError("PostgreSQL did not answer")
        try:
            with replies_within(DATABASE_CHECK_S):
                return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            ours.is_over = True
            raise
