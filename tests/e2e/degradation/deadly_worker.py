"""A worker that dies when it saves the result of one given job, as if it had run out of memory.

Run it in the environment of the installation: `python -m tests.e2e.degradation.deadly_worker JOB_ID`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from jobs.execution import runner

    save = runner.save_result

    def save_or_die(lease: Any, job: Any, *rest: Any) -> Any:
        if str(job.id) == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGKILL)
        return save(lease, job, *rest)

    vars(runner)["save_result"] = save_or_die
    call_command("worker")


if __name__ == "__main__":
    main()
