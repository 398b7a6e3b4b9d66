"""Typed description of all environment variables, in groups of one file each.

Every field of `Config` is one environment variable. `make check` compares the README's table of settings with
it. A wrong value stops the process at start with a message that names the variable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from creator.config.accounts import AccountsConfig
from creator.config.billing import FAKE_STRIPE_DEFAULTS, BillingConfig
from creator.config.bodies import BodiesConfig
from creator.config.core import BASE_DIR, CoreConfig, Environment
from creator.config.data_dir import local_encryption_keys, local_secret_key, prepare_data_dir
from creator.config.declaration import ConfigError
from creator.config.drive import DriveConfig
from creator.config.engine import EngineConfig
from creator.config.env_file import read_env_file
from creator.config.operations import OperationsConfig
from creator.config.outside import OutsideConfig
from creator.config.parsing import ALIASES, as_text, parse
from creator.config.production import PRODUCTION_DEFAULTS, check_production
from creator.config.servers import ServersConfig

__all__ = [
    "BASE_DIR",
    "Config",
    "ConfigError",
    "Environment",
    "local_encryption_keys",
    "local_secret_key",
    "prepare_data_dir",
    "read_config",
    "read_env_file",
    "variables",
]

MAY_BE_0 = ("cpu_nodes", "trusted_proxies", "keep_free_mib", "keep_free_percent")


@dataclass(frozen=True)
class Config(
    OperationsConfig,
    DriveConfig,
    OutsideConfig,
    BodiesConfig,
    BillingConfig,
    AccountsConfig,
    EngineConfig,
    ServersConfig,
    CoreConfig,
):
    """All groups as one object. A name's suffix gives its unit: `_mib`, `_megapixels`, `_seconds`."""

    def check(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        for each in fields(self):
            is_number = type(each.default) in (int, float) and each.name not in MAY_BE_0
            if is_number and not 0 < getattr(self, each.name) < math.inf:
                yield f"{each.metadata['name']} must be more than 0 and finite"
        yield from self.check_core()
        yield from self.check_servers()
        yield from self.check_engine()
        yield from self.check_accounts()
        yield from self.check_billing()
        yield from self.check_bodies()
        yield from self.check_outside()
        yield from self.check_drive()
        if self.google_drive and not self.google_client_id:
            yield "GOOGLE_DRIVE must be empty without GOOGLE_CLIENT_ID"
        yield from self.check_operations()


def variables() -> list[tuple[str, str, str]]:
    """Name, default and help of every variable, in the order of the README's table."""
    return [(f.metadata["name"], as_text(f.default), f.metadata["help"]) for f in fields(Config)]


def read_config(given: Mapping[str, str]) -> Config:
    """Reads and checks the environment. Raises ConfigError naming every wrong variable."""
    environment = ALIASES.get(given.get("ENVIRONMENT", ""), given.get("ENVIRONMENT", ""))
    defaults = PRODUCTION_DEFAULTS if environment == Environment.PRODUCTION else {}
    if given.get("STRIPE") == "fake":
        defaults = defaults | FAKE_STRIPE_DEFAULTS
    values: dict[str, object] = {}
    problems: list[str] = []
    for each in fields(Config):
        name = each.metadata["name"]
        raw = given.get(name) or defaults.get(name)
        try:
            values[each.name] = parse(name, raw, each.default) if raw else each.default
        except ConfigError as error:
            problems.append(str(error))
    config = Config(**values)  # type: ignore[arg-type]  # each value was parsed to the type of its default
    problems += config.check()
    if environment == Environment.PRODUCTION:
        problems += check_production(config, given)
    if problems:
        raise ConfigError("\n".join(problems))
    return config
