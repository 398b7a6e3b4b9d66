"""A node's file in memory. The product writes it to a file instead."""

from io import BytesIO

from jobs.comfy import ComfyClient, OutputFile


def fetch(client: ComfyClient, file: OutputFile) -> bytes:
    content = BytesIO()
    assert client.fetch_to(file, content) == len(content.getvalue())
    return content.getvalue()
