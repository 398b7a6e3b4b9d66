"""`/upload/image`, `/upload/mask`, `/view`."""

import email.utils
import io
import json
import mimetypes
import re
from pathlib import Path

import PIL.Image
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobs.cpu_node.files import KINDS
from jobs.cpu_node.node import Node
from jobs.cpu_node.routes.answers import empty, json_answer, server_error

_ACTIVE = {
    "text/html",
    "text/html-sandboxed",
    "application/xhtml+xml",
    "text/javascript",
    "text/css",
    "image/svg+xml",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def routes(node: Node) -> list[Route]:
    async def upload(request: Request) -> Response:
        async with request.form(max_part_size=2**30) as form:
            return await _store(node, form)

    async def upload_mask(request: Request) -> Response:
        async with request.form(max_part_size=2**30) as form:
            return await _store_mask(node, form)

    async def view(request: Request) -> Response:
        return await run_in_threadpool(_view, node, request)

    return [
        Route("/upload/image", upload, methods=["POST"]),
        Route("/upload/mask", upload_mask, methods=["POST"]),
        Route("/view", view, methods=["GET"]),
    ]


async def _store(node: Node, form: FormData, data: bytes | None = None) -> Response:
    """Store an upload under its own name, or under another one if a different file has that name."""
    image = form.get("image")
    kind, subfolder = str(form.get("type") or "input"), str(form.get("subfolder") or "")
    if not isinstance(image, UploadFile) or not image.filename:
        return empty(400)
    if kind not in KINDS:
        return server_error()
    folder = node.files.inside(kind, subfolder)
    path = node.files.inside(kind, subfolder, image.filename)
    if folder is None or path is None or path.parent != folder:
        return empty(400)
    content = await image.read() if data is None else data
    overwrite = str(form.get("overwrite")).lower() in ("true", "1")
    try:
        name = await run_in_threadpool(_keep, node, folder, image.filename, content, overwrite)
    except OSError:
        return server_error()
    return json_answer({"name": name, "subfolder": subfolder, "type": kind})


def _keep(node: Node, folder: Path, name: str, data: bytes, overwrite: bool) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    write = True
    if not overwrite:
        name, write = node.files.free_upload_name(folder, name, data)
    if write:
        node.faults.write_input(folder / name, data)
    return name


async def _store_mask(node: Node, form: FormData) -> Response:
    """Store the original picture with the alpha channel of the uploaded one."""
    image = form.get("image")
    if not isinstance(image, UploadFile):
        return empty(400)
    original = json.loads(str(form.get("original_ref") or "{}"))
    path = node.files.inside(
        original.get("type", "output"), original.get("subfolder", ""), original.get("filename", "")
    )
    if path is None or not path.is_file():
        return empty(400)
    with PIL.Image.open(path) as source, PIL.Image.open(io.BytesIO(await image.read())) as mask:
        joined = source.convert("RGBA")
        joined.putalpha(mask.convert("RGBA").getchannel("A").resize(joined.size))
    stream = io.BytesIO()
    joined.save(stream, "PNG", compress_level=4)
    return await _store(node, form, stream.getvalue())


def _view(node: Node, request: Request) -> Response:
    query = request.query_params
    name, kind = query.get("filename", ""), query.get("type", "output")
    if not name:
        return empty(404)
    if name.startswith("/") or ".." in name or kind not in KINDS:
        return empty(400)
    path = node.files.inside(kind, query.get("subfolder", ""), Path(name).name)
    if path is None:
        return empty(403)
    if not path.is_file():
        return empty(404)
    disposition = {"Content-Disposition": f'filename="{path.name}"'}
    if "preview" in query:
        return _reencode(path, query["preview"], disposition)
    if query.get("channel", "rgba") != "rgba":
        return _channel(path, query["channel"], disposition)
    return _send(path, request, disposition)


def _reencode(path: Path, wanted: str, headers: dict[str, str]) -> Response:
    """`preview=webp;80`: a smaller copy without metadata."""
    kind, _, quality = wanted.partition(";")
    kind = kind if kind in ("webp", "jpeg") else "webp"
    stream = io.BytesIO()
    with PIL.Image.open(path) as image:
        mode = "RGB" if kind == "jpeg" or image.mode not in ("RGB", "RGBA") else image.mode
        image.convert(mode).save(stream, kind, quality=int(quality) if quality.isdigit() else 90)
    return Response(stream.getvalue(), media_type=f"image/{kind}", headers=headers)


def _channel(path: Path, channel: str, headers: dict[str, str]) -> Response:
    """`channel=rgb` drops the alpha channel, `channel=a` returns only it. Both are without metadata."""
    stream = io.BytesIO()
    with PIL.Image.open(path) as image:
        if channel == "rgb":
            part = image.convert("RGB")
        else:
            alpha = image.convert("RGBA").getchannel("A")
            part = PIL.Image.new("RGBA", image.size)
            part.putalpha(alpha)
        part.save(stream, "PNG")
    return Response(stream.getvalue(), media_type="image/png", headers=headers)


def _send(path: Path, request: Request, headers: dict[str, str]) -> Response:
    about = path.stat()
    headers = headers | {
        "Etag": f'"{about.st_mtime_ns:x}-{about.st_size:x}"',
        "Last-Modified": email.utils.formatdate(about.st_mtime, usegmt=True),
    }
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind in _ACTIVE:
        kind = "application/octet-stream"
        headers["Content-Disposition"] = f"attachment; {headers['Content-Disposition']}"
    if request.headers.get("if-none-match") == headers["Etag"]:
        return Response(status_code=304, media_type=kind, headers=headers)
    headers["Accept-Ranges"] = "bytes"
    data = path.read_bytes()
    span = _read_range(request.headers.get("range", ""), len(data))
    if span is None:
        return Response(data, media_type=kind, headers=headers)
    start, stop = span
    if start >= stop:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return Response(data[start:stop], 206, media_type=kind, headers=headers)


def _read_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte, and one past the last. None if the header asks for no single range (RFC 9110, 14.2)."""
    match = _RANGE.match(header)
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1 if last else size)
