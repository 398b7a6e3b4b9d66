from creator.lib.open_counts import OpenCounts


def test_each_key_is_counted_until_its_block_ends():
    counts = OpenCounts()
    with counts.hold("a", "b"), counts.hold("a", amount=5):
        assert (counts["a"], counts["b"], counts["c"]) == (6, 1, 0)
    assert not counts


def test_nothing_is_released_twice():
    counts = OpenCounts()
    kept, released = counts.hold("a"), counts.hold("a")
    for _ in range(2):
        released.release()
    assert counts["a"] == 1
    kept.release()
    assert not counts


def test_what_nothing_refers_to_any_more_is_released():
    counts = OpenCounts()
    held = counts.hold("a")
    assert counts["a"] == 1
    del held
    assert not counts


def test_an_amount_of_0_leaves_no_key():
    counts = OpenCounts()
    with counts.hold("a", amount=0):
        assert counts["a"] == 0
    assert not counts
