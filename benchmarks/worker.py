"""A second process of the product on the same data: worker and beat, no site. `python -m benchmarks.worker`.

`serve` does not need it; here it adopts the jobs of a paused process.
"""

from __future__ import annotations

import os
import signal
import threading


def run() -> None:
    """Works until SIGINT or SIGTERM."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    from creator.embedded import EmbeddedWorker

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    worker = EmbeddedWorker()
    worker.start()
    print("Worker is on", flush=True)
    ended.wait()
    worker.stop()


if __name__ == "__main__":
    run()
