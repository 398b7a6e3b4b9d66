"""Settings for operators: logs, how much the site bears, what it serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from creator.config.declaration import setting

LOG_FORMATS = ("console", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class OperationsConfig:
    """Level and format of the log; most connections; whether the second API is served."""

    log_level: str = setting(
        "LOG_LEVEL", "INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`; libraries log warnings at most"
    )
    log_format: str = setting("LOG_FORMAT", "console", "`console` for people, `json` for machines")
    max_connections: int = setting(
        "MAX_CONNECTIONS", 1000, "connections that one web process keeps open, sockets included"
    )
    max_connections_per_address: int = setting(
        "MAX_CONNECTIONS_PER_ADDRESS", 400, "the same of one address, where no proxy is in front"
    )
    max_sockets_per_person: int = setting(
        "MAX_SOCKETS_PER_PERSON", 100, "sockets and event streams of one person on one web process"
    )
    comfy_api: bool = setting(
        "COMFY_API",
        True,
        "serve the Comfy API v2 at /api/v2, for comfy-sdk and other clients of that contract",
    )

    def check_operations(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if self.log_format not in LOG_FORMATS:
            yield f"LOG_FORMAT must be console or json, not {self.log_format!r}"
        if self.log_level not in LOG_LEVELS:
            yield f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {self.log_level!r}"
