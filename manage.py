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
        sys.exit(f"Wrong setting: {error}")
