"""Presets from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from creator.lib.action_command import ActionCommand
from jobs.catalogue import import_preset, import_shipped, offered_presets
from jobs.presets.check import check_preset
from jobs.presets.manifest import ManifestError
from jobs.presets.shipped import load_preset, shipped_presets


class Command(ActionCommand):
    help = "Lists the offered presets, checks the shipped ones and imports new versions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "list", help="the offered presets, their versions, and whether a node can run them"
        )
        actions.add_parser("check", help="check every shipped preset")
        load = actions.add_parser("import", help="import the shipped presets, or the one in a folder")
        load.add_argument("folder", nargs="?", type=Path)

    def _list(self, options: dict[str, Any]) -> None:
        for offer in offered_presets():
            self.stdout.write(f"{offer.preset.slug}\tv{offer.version.number}\t{offer.why or 'ready'}")

    def _check(self, options: dict[str, Any]) -> None:
        problems = [f"{p.manifest.slug}: {problem}" for p in shipped_presets() for problem in check_preset(p)]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{len(shipped_presets())} presets are sound.")

    def _import(self, options: dict[str, Any]) -> None:
        if options["folder"] is None:
            made = import_shipped()
        else:
            made = self._import_folder(options["folder"])
        self.stdout.write(f"{len(made)} new versions.")

    def _import_folder(self, folder: Path) -> list[Any]:
        try:
            preset = load_preset(folder)
        except (ManifestError, OSError) as error:
            raise CommandError(str(error)) from error
        if problems := check_preset(preset):
            raise CommandError("\n".join(problems))
        version = import_preset(preset)
        return [version] if version else []
