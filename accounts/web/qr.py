"""QR codes as the path of an SVG, which a page holds without inline styles and `data:` addresses."""

from __future__ import annotations

from itertools import groupby

from qrcode import QRCode


def qr_path(text: str) -> tuple[int, str]:
    """Width and height in modules with the quiet zone, and the path that fills the dark ones."""
    code = QRCode()
    code.add_data(text)
    rows = code.get_matrix()
    runs = []
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            runs += [f"M{x} {y}h{length}v1h-{length}z"] if is_dark else []
            x += length
    return len(rows), "".join(runs)
