"""Rows of watched folders."""

from drive.models.channel import Channel
from drive.models.connection import Connection
from drive.models.found import FoundFile, Picture
from drive.models.watched_folder import WatchedFolder
from drive.models.written import WrittenFile

__all__ = ["Channel", "Connection", "FoundFile", "Picture", "WatchedFolder", "WrittenFile"]
