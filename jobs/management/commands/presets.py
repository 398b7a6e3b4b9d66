"""Presets from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from secrets import randbelow
from typing import Any

from django.core.management.base import CommandError

from creator.lib.action_command import ActionCommand
from creator.lib.formatting import count
from jobs.catalogue import import_preset, import_shipped, offered_presets
from jobs.comfy import ComfyError
from jobs.management.weighing import weigh
from jobs.presets.check import check_preset
from jobs.presets.manifest import ManifestError
from jobs.presets.params import MAX_SEED
from jobs.presets.shipped import load_preset, shipped_presets


class Command(ActionCommand):
    help = "Lists the offered presets, checks and weighs the shipped ones, and imports new versions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "list", help="the offered presets, their versions, and whether a node can run them"
        )
        actions.add_parser("check", help="check every shipped preset")
        weigh = actions.add_parser("weigh", help="measure a shipped preset's [weights] on an idle node")
        weigh.add_argument("slug")
        weigh.add_argument("photo", nargs="?", type=Path, help="a PNG or JPEG of usual size")
        weigh.add_argument("--node", required=True, metavar="URL")
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

    def _weigh(self, options: dict[str, Any]) -> None:
        """Prints the table as a manifest has it; a new seed lets the node cache nothing that depends on it."""
        preset = next((each for each in shipped_presets() if each.manifest.slug == options["slug"]), None)
        if preset is None:
            raise CommandError(f"No preset {options['slug']} is shipped.")
        try:
            weights = weigh(preset, options["node"], options["photo"], seed=randbelow(MAX_SEED))
        except (ComfyError, TimeoutError, RuntimeError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("[weights]")
        for node, milliseconds in sorted(weights.items(), key=lambda each: int(each[0])):
            self.stdout.write(f"{node} = {milliseconds}")

    def _import(self, options: dict[str, Any]) -> None:
        if options["folder"] is None:
            made = import_shipped()
        else:
            made = self._import_folder(options["folder"])
        self.stdout.write(f"{count(len(made), 'new version')}.")

    def _import_folder(self, folder: Path) -> list[Any]:
        try:
            preset = load_preset(folder)
        except (ManifestError, OSError) as error:
            raise CommandError(str(error)) from error
        if problems := check_preset(preset):
            raise CommandError("\n".join(problems))
        version = import_preset(preset)
        return [version] if version else []
