"""Hypothesis keeps its examples under var/: a `.hypothesis` folder in the root is walked (and refused) by collection."""

from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(__file__).parents[2] / "var" / "hypothesis")
