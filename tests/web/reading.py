"""HTML as a test reads it: where a template breaks its lines is no part of what a page says."""

import re


def squash(html: str) -> str:
    """One space for any white space, none between two tags."""
    return re.sub(r"> <", "><", re.sub(r"\s+", " ", html))
