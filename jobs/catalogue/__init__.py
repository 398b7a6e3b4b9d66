"""Preset versions as rows: importing what is shipped, what is offered, which nodes can serve it."""

from jobs.catalogue.importing import import_preset, import_shipped
from jobs.catalogue.offers import OfferedPreset, get_offered, offered_presets
from jobs.catalogue.serving import known_needs, lacking, needs_served, servable_needs

__all__ = [
    "OfferedPreset",
    "get_offered",
    "import_preset",
    "import_shipped",
    "known_needs",
    "lacking",
    "needs_served",
    "offered_presets",
    "servable_needs",
]
