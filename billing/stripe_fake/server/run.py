"""Runs the fake Stripe as a process: options, the ready line, and ending with the parent process."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from billing.stripe_fake.deliveries import Deliveries
from billing.stripe_fake.server.app import Site
from billing.stripe_fake.server.child import READY
from billing.stripe_fake.server.store import Store
from billing.stripe_fake.server.webhooks import Webhooks
from billing.stripe_fake.world import SECRET, World


@dataclass(frozen=True)
class Options:
    """How the server runs. The names are those of the command line options."""

    host: str = "127.0.0.1"
    port: int = 12111
    pages: str = ""
    data_dir: Path = Path("var/stripe_fake")
    webhook_url: str = "http://127.0.0.1:8000/stripe/webhook/"
    webhook_secrets: str = SECRET
    with_parent: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command, shared by `python -m billing.stripe_fake` and `manage.py fake_stripe`."""
    default = Options()
    parser.add_argument("--host", default=default.host)
    parser.add_argument("--port", type=int, default=default.port, help="0: a free port, which is printed")
    parser.add_argument("--pages", default=default.pages, help="address under which browsers reach it")
    parser.add_argument("--data-dir", type=Path, default=default.data_dir, help="holds its objects")
    parser.add_argument("--webhook-url", default=default.webhook_url, help="gets its events")
    parser.add_argument(
        "--webhook-secrets", default=default.webhook_secrets, help="sign its events, comma-separated"
    )
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")


def read_options(arguments: dict[str, Any]) -> Options:
    """Options from parsed arguments. Arguments with other names are ignored."""
    names = Options.__dataclass_fields__
    return Options(**{name: value for name, value in arguments.items() if name in names})


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="stripe_fake", description="A Stripe to play with.")
    add_arguments(parser)
    run(read_options(vars(parser.parse_args(argv))))


def run(options: Options) -> None:
    """Serves until the process ends."""
    os.umask(0o077)
    if options.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    with closing(_listen(options)) as listener, suppress(KeyboardInterrupt):
        address = f"http://{options.host}:{listener.getsockname()[1]}"
        world = World(
            deliver=Deliveries(Webhooks(options.webhook_url).deliver),
            webhook_secrets=options.webhook_secrets.split(","),
            pages=options.pages or address,
        )
        store = Store(options.data_dir / "world.json")
        store.load(world)
        sys.stdout.write(f"{READY}{address}\n")
        sys.stdout.flush()
        config = uvicorn.Config(Site(world, store).app(), log_level="critical", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


def _listen(options: Options) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        raise SystemExit(
            f"The fake Stripe cannot listen on {options.host}, port {options.port}: {error.strerror}."
        ) from None
    listener.listen()
    return listener


def _end_with_parent() -> None:
    """The parent holds the other end of standard input, which closes however the parent ends."""
    sys.stdin.read()
    os._exit(0)
