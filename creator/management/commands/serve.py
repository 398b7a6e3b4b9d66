"""Runs the whole product on one machine (`make run`)."""

from __future__ import annotations

import errno
import fcntl
import signal
import socket
from argparse import ArgumentParser
from typing import IO, Any

import uvicorn
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from creator.demo import endow
from creator.embedded import EmbeddedWorker, start_nodes
from creator.http.hosts import is_own_name
from creator.lib.child_process import ChildProcess
from creator.lib.own_addresses import reachable_hosts
from creator.lib.secret_file import read_or_create_secret
from creator.server.config import BACKLOG, server_config
from drive.local_folders import watch_local_folders
from jobs.catalogue import import_shipped
from jobs.results.pool import result_decoders
from jobs.uploads.pool import decoders

DEMO_EMAIL = "demo@creator.local"
OPENED = (
    "Everyone who can reach this address can open an account and make pictures here. It is plain HTTP: others in the "
    "network can read along."
)
DEMO_OFF = (
    "The demo account is off, because others reach this address. To use it here: make run HOST=… DEMO=1"
)
PLAY = "Buying moves no money here. What banks, time and staff do is done on"
GRACE_S = 5
INBOX = settings.DATA_DIR / "drive" / "inbox"


class Command(BaseCommand):
    help = "Serves the site together with worker, beat and CPU nodes; needs no other server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--demo", action="store_true", help="keep the demo account on an address that others reach"
        )
        parser.add_argument("--nodes", type=int, default=settings.CONFIG.cpu_nodes, help="CPU nodes to start")
        parser.add_argument(
            "--test-nodes", action="store_true", help="CPU nodes also offer test node classes and faults"
        )

    def handle(
        self, *, host: str, port: int, demo: bool, nodes: int, test_nodes: bool, **options: Any
    ) -> None:
        listener = _listen(host, port)
        lock = _lock_data()
        is_open = not is_own_name(host)
        has_demo = settings.CONFIG.demo_account and (demo or not is_open)
        prepare(demo=has_demo)
        decoders().keep()
        result_decoders().keep()
        addresses = [f"http://{name}:{listener.getsockname()[1]}" for name in _admit(host)]
        settings.SITE_ADDRESS = settings.CONFIG.public_url or addresses[0]
        children: list[ChildProcess] = [
            *start_nodes(nodes, options=("--test-nodes", "--faults") if test_nodes else ())
        ]
        children += _start_fake_stripe(addresses[0])
        if has_demo:
            watch_local_folders(User.objects.get(email=DEMO_EMAIL), INBOX.parent)
        worker = EmbeddedWorker()
        worker.start()
        _leave_signals_to_the_server()
        self._greet(addresses, is_open=is_open, has_demo=has_demo)
        try:
            uvicorn.Server(server_config(timeout_graceful_shutdown=GRACE_S)).run(sockets=[listener])
        finally:
            worker.stop()
            for child in children:
                child.stop()
            lock.close()

    def _greet(self, addresses: list[str], *, is_open: bool, has_demo: bool) -> None:
        first, *others = addresses
        self.stdout.write(self.style.SUCCESS(f"\n  Creator is on {first}"))
        if others:
            self.stdout.write(f"  Other machines of your network reach it on {' or '.join(others)}")
        if is_open:
            self.stdout.write(f"  {OPENED}")
        if has_demo:
            self.stdout.write(f"  Sign in as {DEMO_EMAIL} with the password {demo_password()}")
            self.stdout.write(
                f"  Drop photos into {INBOX}: results come beside, in {INBOX.parent / 'outbox'}"
            )
        elif settings.CONFIG.demo_account:
            self.stdout.write(f"  {DEMO_OFF}")
        if settings.CONFIG.stripe:
            self.stdout.write(f"  {PLAY} {settings.CONFIG.stripe_api_url}")
        self.stdout.write("  Ctrl+C ends it.\n")
        self.stdout.flush()


def _listen(host: str, port: int) -> socket.socket:
    """Binds the port before anything else starts, so that a port in use is reported at once.

    Port 0: any free port.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # from here on the port is ours; early connections wait
    except OSError as error:
        listener.close()
        raise CommandError(_why_not(host, port, error)) from error
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already in use. Choose another: make run PORT=8001"
    return f"Creator cannot listen on {host}, port {port}: {error.strerror}."


def _admit(host: str) -> list[str]:
    """The names under which the site answers, beside those of ALLOWED_HOSTS: those that reach this address."""
    hosts = reachable_hosts(host)
    settings.ALLOWED_HOSTS += [each for each in hosts if each not in settings.ALLOWED_HOSTS]
    return hosts


def _lock_data() -> IO[str]:
    """Allows one server per DATA_DIR: a second one's CPU nodes would take the names and jobs of the first one's."""
    lock = (settings.DATA_DIR / "serve.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel releases it however this process ends
    except BlockingIOError as error:
        lock.close()
        raise CommandError(
            f"Another server uses {settings.DATA_DIR}. Stop it first, or set another DATA_DIR."
        ) from error
    return lock


def _start_fake_stripe(site: str) -> list[ChildProcess]:
    if not settings.CONFIG.stripe:
        return []
    from creator.fake_stripe import FakeStripeProcess  # loads the library of Stripe

    fake = FakeStripeProcess(site)
    fake.start()
    return [fake]


def _leave_signals_to_the_server() -> None:
    """Ignores the signals that stop uvicorn, which raises them again at its end: this process must still clean up."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: None)


def prepare_rows() -> None:
    """Migrates the database and imports the shipped presets; quick if nothing changed."""
    call_command("migrate", verbosity=0, interactive=False)
    import_shipped()


def prepare(*, demo: bool) -> None:
    """Prepares everything that serving needs: rows, static files, and the demo account, which is shut without `demo`."""
    prepare_rows()
    call_command("collectstatic", verbosity=0, interactive=False)
    found = User.objects.filter(email=DEMO_EMAIL)
    found.update(is_active=demo)
    if demo:
        user = found.first() or User.objects.create_user(DEMO_EMAIL, demo_password())
        endow(user)
        # Its mails go to the console too, so they need no confirmation.
        EmailAddress.objects.get_or_create(
            user=user, email=DEMO_EMAIL, defaults={"verified": True, "primary": True}
        )


def demo_password() -> str:
    """The password that the first start generates and stores in the data folder (mode 600)."""
    return read_or_create_secret(settings.DATA_DIR / "demo_password", length=9)
