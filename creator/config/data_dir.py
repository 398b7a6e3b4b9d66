"""The data folder and the secret key stored in it."""

from __future__ import annotations

import os
from pathlib import Path

from creator.config.core import CoreConfig
from creator.config.declaration import ConfigError
from creator.lib.secret_file import read_or_create_secret


def prepare_data_dir(config: CoreConfig) -> Path:
    """Creates the folder, readable by this user only because it holds sessions and photos.

    Raises ConfigError.
    """
    folder = config.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"DATA_DIR: {folder} cannot be created: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"DATA_DIR: {folder} cannot be written to")
    return folder


def local_secret_key(config: CoreConfig) -> str:
    """The configured key, or one that the first start generates and stores in the data folder (mode 600)."""
    return config.secret_key or read_or_create_secret(config.data_dir / "secret_key", length=50)
