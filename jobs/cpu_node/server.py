"""Runs the node as a process: options, the ready line, and ending with the parent process."""

import argparse
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import uvicorn

from jobs.cpu_node.app import build_app
from jobs.cpu_node.connections import TrackedProtocol
from jobs.cpu_node.guests import SECRET_VARIABLE, Guests
from jobs.cpu_node.memory import keep_freed_memory
from jobs.cpu_node.node import Node, build_node
from jobs.cpu_node.nodes.arrays import set_threads

# ComfyUI closes a socket that sends a larger message.
_LARGEST_MESSAGE = 4 * 2**20


@dataclass(frozen=True)
class Options:
    """How the node runs. The names are those of the command line options."""

    host: str = "127.0.0.1"
    port: int = 8188
    data_dir: Path = Path("var/cpu_node")
    test_nodes: bool = False
    faults: bool = False
    with_parent: bool = False
    threads: int = 0
    cache_mb: int = 512
    max_upload_size: float = 100
    allowed_host: tuple[str, ...] = ()
    secret_from_parent: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command, shared by `python -m jobs.cpu_node` and `manage.py cpu_node`."""
    default = Options()
    parser.add_argument("--host", default=default.host)
    parser.add_argument("--port", type=int, default=default.port, help="0: a free port, which is printed")
    parser.add_argument(
        "--data-dir", type=Path, default=default.data_dir, help="holds input, output and temp"
    )
    parser.add_argument("--test-nodes", action="store_true", help="add TestSlowSteps and TestOutOfMemory")
    parser.add_argument("--faults", action="store_true", help="allow POST /faults")
    parser.add_argument(
        "--with-parent", action="store_true", help="end within a second after the parent process"
    )
    parser.add_argument(
        "--threads", type=int, default=default.threads, help="0: one per processor, at most 4"
    )
    parser.add_argument(
        "--max-upload-size",
        type=float,
        default=default.max_upload_size,
        help="the largest request that it accepts, in MiB",
    )
    parser.add_argument(
        "--cache-mb", type=int, default=default.cache_mb, help="memory for cached results, in MiB"
    )
    parser.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        help="a name by which clients reach it, beside its addresses and the machine's name; may be repeated",
    )
    parser.add_argument(
        "--secret-from-parent",
        action="store_true",
        help=f"read the secret from standard input once the address is printed; else {SECRET_VARIABLE} has it",
    )


def read_options(arguments: dict[str, Any]) -> Options:
    """Options from parsed arguments. Arguments with other names are ignored."""
    names = Options.__dataclass_fields__
    return Options(**{name: value for name, value in arguments.items() if name in names})


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="cpu_node", description="A ComfyUI node without a GPU.")
    add_arguments(parser)
    run(read_options(vars(parser.parse_args(argv))))


def run(options: Options) -> None:
    """Serve until the process ends. SIGTERM ends it at once, as it does ComfyUI."""
    os.umask(0o077)
    if options.with_parent:
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    keep_freed_memory()
    set_threads(options.threads)
    node = build_node(
        options.data_dir,
        test_nodes=options.test_nodes,
        faults_allowed=options.faults,
        cache_bytes=options.cache_mb * 2**20,
        max_upload=int(options.max_upload_size * 2**20),
        argv=sys.argv,
        guests=Guests(os.environ.get(SECRET_VARIABLE, ""), tuple(options.allowed_host)),
    )
    config = uvicorn.Config(
        build_app(node),
        log_level="warning",
        access_log=False,
        http=TrackedProtocol,
        ws_max_size=_LARGEST_MESSAGE,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
    with (
        contextlib.closing(_bind(options.host, options.port)) as bound,
        contextlib.suppress(KeyboardInterrupt),
    ):
        _Server(config, node, options).run(sockets=[bound])


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, node: Node, options: Options) -> None:
        super().__init__(config)
        self._node, self._options = node, options

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and self.started:
            host, port = sockets[0].getsockname()[:2]
            name = f"[{host}]" if ":" in host else host
            sys.stdout.write(f"CPU node ready on http://{name}:{port}\n")
            sys.stdout.flush()
            if self._options.secret_from_parent:
                # Blocks the event loop, so that no request is answered before the secret is known.
                secret = sys.stdin.readline().strip()
                self._node.guests = replace(self._node.guests, secret=secret)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers: the real server does not drain on SIGTERM either."""
        yield


def _end_with_parent(parent: int) -> None:
    """End this process once its parent is no longer the process that started it.

    Not PR_SET_PDEATHSIG: it fires when the thread that started the process ends, which may be long before
    the parent process does.
    """
    while os.getppid() == parent:
        time.sleep(0.25)
    os._exit(0)
