"""Stores Hypothesis' examples under var/: collection would walk, and refuse, a `.hypothesis` folder in the root."""

from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(__file__).parents[3] / "var" / "hypothesis")
