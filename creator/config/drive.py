"""Watched folders: Google Drive, how often is looked, and the keys of stored access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from creator.config.declaration import setting

SHORTEST_KEY = 32
WITH_DRIVE = ("", "read", "picked")
GOOGLE_CONSENT = "https://accounts.google.com"
LOCAL_ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?", re.ASCII)


@dataclass(frozen=True)
class DriveConfig:
    """`drive` reads them. Google Drive needs the Google client of AccountsConfig too."""

    encryption_keys: tuple[str, ...] = setting(
        "ENCRYPTION_KEYS",
        (),
        "keys under which access to people's drives is stored, comma-separated: the first encrypts, all decrypt; "
        "empty: generated once and stored under DATA_DIR",
    )
    google_drive: str = setting(
        "GOOGLE_DRIVE",
        "",
        "connect Google Drive: `read` sees what is added to a folder (Google must verify the app), `picked` only what "
        "people pick; empty: not offered",
    )
    google_drive_url: str = setting(
        "GOOGLE_DRIVE_URL", "", "address of a fake Google, for trials; empty: Google itself"
    )
    drive_poll_seconds: float = setting(
        "DRIVE_POLL_SECONDS", 60.0, "how often a connection is looked at where nothing rings"
    )
    drive_reconcile_seconds: float = setting(
        "DRIVE_RECONCILE_SECONDS", 900.0, "how often a look goes through everything, against what was missed"
    )
    folder_poll_seconds: float = setting(
        "FOLDER_POLL_SECONDS", 2.0, "how often a folder of this server is looked at"
    )

    @property
    def google_drive_pages(self) -> tuple[str, ...]:
        """The origin of the page on which people let us into their Drive, to which the answer to our form leads."""
        if not self.google_drive:
            return ()
        return (self.google_drive_url or GOOGLE_CONSENT,)

    def check_drive(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if any(len(each) < SHORTEST_KEY for each in self.encryption_keys):
            yield f"ENCRYPTION_KEYS must be keys of at least {SHORTEST_KEY} characters, comma-separated"
        if self.google_drive not in WITH_DRIVE:
            yield "GOOGLE_DRIVE must be empty, `read` or `picked`"
        if self.google_drive_url and not LOCAL_ADDRESS.fullmatch(self.google_drive_url):
            yield "GOOGLE_DRIVE_URL must be an address of this machine such as http://127.0.0.1:12112"
