from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.services.process import Missing, Server

FRAME = """{user}daemon off;
pid {folder}/pid;
error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {content}
}}
"""

USER = "user root;\n" if os.geteuid() == 0 else ""
"""Root's nginx would work as another user, who may not write to the test's folder."""


class Nginx(Server):
    """A proxy. `content` is what stands inside `http { }`; `PORT` in it becomes the port that nginx listens on."""

    name = "nginx"

    def __init__(self, folder: Path, content: str = "") -> None:
        super().__init__(folder)
        self.content = content

    def start(self) -> None:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise Missing("nginx is not installed. On Debian: apt-get install nginx-light")
        config = self.folder / "nginx.conf"
        content = self.content.replace("PORT", str(self.port))
        config.write_text(FRAME.format(folder=self.folder, content=content, user=USER))
        self.spawn([program, "-e", str(self.log), "-c", str(config)])
