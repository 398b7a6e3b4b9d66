"""What stands at the inputs of a graph that somebody sent: compared with the preset's, and shown in sentences.

The values may be anything that JSON can hold. Nothing here goes deeper into them than a link does.
"""

LONGEST_SHOWN = 60
LARGEST_SHOWN = 10**18
NAMES = {None: "null", True: "true", False: "false"}


def equal(value: object, sent: object) -> bool:
    """Tell whether two literals are the same to ComfyUI: 2 is 2.0, and true is not 1."""
    if isinstance(value, bool) or isinstance(sent, bool):
        return value is sent
    return isinstance(sent, str | int | float) and value == sent


def read_link(value: object) -> tuple[str, int] | None:
    """Return node id and slot of a link, whose id may be written as a number and its slot as 0.0; None for others."""
    if not isinstance(value, list) or len(value) != 2 or any(isinstance(part, bool) for part in value):
        return None
    node_id, slot = value
    if isinstance(node_id, int) and abs(node_id) < LARGEST_SHOWN:
        node_id = str(node_id)
    if not isinstance(node_id, str) or not isinstance(slot, int | float) or not abs(slot) < LARGEST_SHOWN:
        return None
    return (node_id, int(slot)) if slot == int(slot) else None


def read_switch(literal: object) -> bool | None:
    """Return on or off as boolean parameters write them; None for anything else."""
    if isinstance(literal, bool):
        return literal
    return {1.0: True, 0.0: False}.get(literal) if isinstance(literal, int | float) else None


def show(value: object) -> str:
    """Name a value in a sentence: text in quotes, of a long one its beginning; of lists and objects only the kind."""
    if isinstance(value, str):
        return f"“{show_name(value)}”"
    if value is None or isinstance(value, bool):
        return NAMES[value]
    if isinstance(value, int | float):
        return str(value) if abs(value) < LARGEST_SHOWN else "a very large number"
    return "a list" if isinstance(value, list) else "an object"


def show_link(value: object) -> str:
    """Name the output that a link leads from."""
    link = read_link(value)
    return f"output {link[1]} of node {show_name(link[0])}" if link else show(value)


def show_name(name: str) -> str:
    """Return an id or a name for a sentence, on one line and not too long."""
    start = "".join(char if char.isprintable() else "�" for char in name[:LONGEST_SHOWN])
    return start if len(name) <= LONGEST_SHOWN else f"{start}…"
