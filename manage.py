#!/usr/bin/env python
"""Runs the product's commands; `python manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from creator.config import ConfigError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    try:
        execute_from_command_line(sys.argv)
    except ConfigError as error:
        sys.exit("\n".join(f"Wrong setting: {line}" for line in str(error).splitlines()))
    except KeyboardInterrupt:
        sys.exit(130)  # a shell's status for Ctrl+C
