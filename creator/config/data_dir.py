"""The data folder and the keys stored in it. Other users of the machine read nothing in it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from creator.config.core import CoreConfig
from creator.config.declaration import ConfigError
from creator.lib.private_files import closed_to_others, keep_private
from creator.lib.secret_file import read_or_create_secret

if TYPE_CHECKING:
    from creator.config import Config


def prepare_data_dir(config: CoreConfig) -> Path:
    """Creates the folder, and takes it and what lies in it from other users: it holds sessions and photos.

    From here on this process makes files and folders that only its user can read. Raises ConfigError.
    """
    keep_private()
    folder = config.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"DATA_DIR: {folder} cannot be created: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"DATA_DIR: {folder} cannot be written to")
    if folder.stat().st_mode & stat.S_ISVTX:
        raise ConfigError(f"DATA_DIR: {folder} is shared with other users; name a folder of its own in it")
    _tighten(folder)
    return folder


def _tighten(folder: Path) -> None:
    """Earlier releases, a backup or a copy may have left the folder and its files readable by others."""
    for path in (folder, *folder.iterdir()):
        with suppress(
            FileNotFoundError, PermissionError
        ):  # another process deleted it, or another user owns it
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode != closed_to_others(mode):
                path.chmod(stat.S_IMODE(closed_to_others(mode)))


def local_secret_key(config: CoreConfig) -> str:
    """The configured key, or one that the first start generates and stores in the data folder (mode 600)."""
    return config.secret_key or read_or_create_secret(config.data_dir / "secret_key", length=50)


def local_encryption_keys(config: Config) -> list[str]:
    """The configured keys of stored access, or one that is generated once and stored in the data folder (mode 600)."""
    return list(config.encryption_keys) or [
        read_or_create_secret(config.data_dir / "encryption_key", length=50)
    ]
