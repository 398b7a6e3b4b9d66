"""Preset versions as rows: importing the shipped ones, listing offers, finding the nodes that can run them and the one
whose graph somebody sent.
"""

from jobs.catalogue.importing import import_preset, import_shipped
from jobs.catalogue.offers import (
    OfferedPreset,
    choose_preset,
    get_offered,
    offered_presets,
    offered_version,
    titles_of_presets,
)
from jobs.catalogue.recognising import NotAPreset, graph_of, recognise
from jobs.catalogue.serving import known_needs, lacking, needs_served, servable_needs

__all__ = [
    "NotAPreset",
    "OfferedPreset",
    "choose_preset",
    "get_offered",
    "graph_of",
    "import_preset",
    "import_shipped",
    "known_needs",
    "lacking",
    "needs_served",
    "offered_presets",
    "offered_version",
    "recognise",
    "servable_needs",
    "titles_of_presets",
]
