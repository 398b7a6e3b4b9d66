"""Settings of a product whose limiter reads, decides and writes in separate steps: for one test, as its opposite.

`DJANGO_SETTINGS_MODULE=tests.e2e.guessing.twin` starts a process with it.
"""

from creator.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.e2e.guessing.two_steps"]  # noqa: F405
