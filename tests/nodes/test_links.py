from concurrent.futures import ThreadPoolExecutor

from jobs.nodes import close_links, link_to


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
