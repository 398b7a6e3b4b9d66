"""Has a person watch a folder of this machine: `python -m benchmarks.watched '{"email": …, "root": …, "preset": …}'`.

Results go to the folder `outbox` beside it. Prints the watched folder's id.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path


def watch(*, email: str, root: str, preset: str, parameters: Mapping[str, object]) -> str:
    """Watches `inbox` below `root`."""
    from accounts.models import User
    from drive.connections import connect_folder
    from drive.folders import watch_folder

    person = User.objects.get(email=email)
    folder = watch_folder(
        owner=person,
        connection=connect_folder(person, Path(root), label="Trials"),
        input_id="inbox",
        preset=preset,
        parameters=parameters,
        takes_existing=True,
    )
    return str(folder.pk)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print(watch(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()
