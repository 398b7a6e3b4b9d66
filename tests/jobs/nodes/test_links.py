from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from jobs.nodes import close_links, link_to, tidy_links
from jobs.nodes.links import Ended


def told():
    """Return the list of forget requests that a node gets, and the `Ended` that sends them."""
    requests = []
    return requests, Ended(SimpleNamespace(forget=lambda *ids: requests.append(ids)))


def test_a_process_has_one_link_to_a_node_for_all_its_threads():
    with ThreadPoolExecutor(8) as pool:
        links = set(pool.map(lambda _: id(link_to("http://127.0.0.1:9")), range(32)))
    assert len(links) == 1
    assert link_to("http://127.0.0.1:10") is not link_to("http://127.0.0.1:9")
    close_links()


def test_closed_links_are_made_anew():
    first = link_to("http://127.0.0.1:9")
    close_links()
    assert link_to("http://127.0.0.1:9") is not first
    close_links()


def test_ended_prompts_are_forgotten_some_at_a_time():
    requests, ended = told()
    for number in range(Ended.MOST + 2):
        ended.add(str(number))
    assert requests == [tuple(map(str, range(Ended.MOST)))]
    ended.flush()
    ended.flush()
    assert requests[1:] == [("8", "9")]


def test_few_ones_do_not_wait_for_long(monkeypatch):
    requests, ended = told()
    ended.add("a")
    monkeypatch.setattr(Ended, "LONGEST_S", 0.0)
    ended.add("b")
    assert requests == [("a", "b")]


def test_a_thread_with_nothing_to_do_tidies_every_node(monkeypatch):
    flushed = []
    close_links()
    monkeypatch.setattr(Ended, "flush", lambda ended: flushed.append(ended))
    ended = [link_to(f"http://127.0.0.1:{port}").ended for port in (9, 10)]
    tidy_links()
    assert flushed == ended
    close_links()
