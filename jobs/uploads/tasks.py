"""What a child of our decoders may be asked to do: name → function of its arguments.

Each function limits and confines itself before it reads any of the files that its arguments name. The supervisor
imports this module once, so what it imports is there when a child begins.
"""

from collections.abc import Callable, Mapping

from PIL import Image

from jobs.uploads import decoder, picture  # noqa: F401 - with Pillow, which every photo needs

Image.preinit()  # or each child would import the plugins of the common formats
TASKS: Mapping[str, Callable[[list[str]], None]] = {"photo": decoder.main}
