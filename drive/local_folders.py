"""The folders that `make run` watches for the demo account: `var/drive/inbox`, with results in `var/drive/outbox`."""

from __future__ import annotations

from pathlib import Path

from accounts.models import User
from drive.connections import connect_folder
from drive.folders import watch_folder
from drive.models import WatchedFolder
from jobs.catalogue import offered_presets

USUAL = "cinematic"


def watch_local_folders(owner: User, root: Path) -> None:
    """Watches `inbox` below `root`, and in it a folder for each preset, named like it. What lies there is taken.

    Folders that the person stopped watching stay as they are.
    """
    slugs = [each.preset.slug for each in offered_presets() if each.manifest.needs_photo]
    wanted = {f"inbox/{slug}": slug for slug in slugs}
    if USUAL in slugs:
        wanted["inbox"] = USUAL
    for folder in ("outbox", *wanted):
        (root / folder).mkdir(parents=True, exist_ok=True)
    connection = connect_folder(owner, root, label="This machine")
    known = set(WatchedFolder.objects.filter(connection=connection).values_list("input_id", flat=True))
    for folder in sorted(wanted.keys() - known):
        watch_folder(
            owner=owner,
            connection=connection,
            input_id=folder,
            output_id="outbox",
            preset=wanted[folder],
            takes_existing=True,
        )
