"""Files of erased people on nodes that were away: overwritten when the node answers, whatever other nodes do."""

import json
import re
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from jobs.models import LeftFile
from jobs.nodes import clear_nodes, close_links, files
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answering():
    """`answering(name, status)` is a node that answers uploads with the status, and the names that it was sent."""
    with ExitStack() as running:

        def start(name, status=200):
            names = []

            class Handler(BaseHTTPRequestHandler):
                def do_POST(self):
                    sent = self.rfile.read(int(self.headers["Content-Length"]))
                    names.append(re.search(rb'filename="([^"]+)"', sent)[1].decode())
                    body = json.dumps({"name": names[-1]}).encode()
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *_):
                    pass

            server = running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            running.callback(server.shutdown)
            Thread(target=server.serve_forever, daemon=True).start()
            return rows.make_node(name, url=f"http://127.0.0.1:{server.server_port}"), names

        yield start
        close_links()


def leave(node, *names):
    for name in names:
        LeftFile.objects.create(node=node, type="output", subfolder="jobs", filename=name)


def test_they_wait_until_the_node_answers_again(answering):
    node, names = answering("n1")
    leave(node, "1.png", "2.png")
    type(node).objects.update(failures=1)
    clear_nodes()
    assert (names, LeftFile.objects.count()) == ([], 2)
    type(node).objects.update(failures=0)
    clear_nodes()
    assert (names, LeftFile.objects.count()) == (["1.png", "2.png"], 0)


def test_a_node_that_fails_for_ever_keeps_no_other_node_waiting(answering, monkeypatch):
    monkeypatch.setattr(files, "MOST", 2)
    (broken, refused), (well, names) = answering("broken", 500), answering("well")
    leave(broken, "1.png", "2.png", "3.png")
    leave(well, "4.png")
    clear_nodes()
    assert (names, set(LeftFile.objects.values_list("node", flat=True))) == (["4.png"], {broken.pk})
    assert set(refused) == {"1.png"}


def test_a_file_that_the_node_refuses_for_good_is_asked_for_once(answering):
    node, names = answering("n1", 403)
    leave(node, "1.png", "2.png")
    clear_nodes()
    clear_nodes()
    assert (names, LeftFile.objects.count()) == (["1.png", "2.png"], 0)
