"""Pictures kept in memory."""

from mbtiface.faces.picture_cache import PictureCache


def test_what_was_used_longest_ago_goes_first() -> None:
    cache: PictureCache[str] = PictureCache(10)
    for key in "abc":
        cache.keep(key, b"123")
    assert cache.get("a") == b"123"
    cache.keep("d", b"123")
    assert list(cache) == ["c", "a", "d"]
    assert cache.get("b") is None
    assert cache.bytes_kept == 9


def test_a_key_holds_one_file_and_a_dropped_one_none() -> None:
    cache: PictureCache[str] = PictureCache(10)
    cache.keep("a", b"1234")
    cache.keep("a", b"12")
    assert (cache.get("a"), cache.bytes_kept) == (b"12", 2)
    cache.drop("a")
    cache.drop("a")
    assert (list(cache), cache.bytes_kept) == ([], 0)


def test_a_file_larger_than_all_is_not_kept() -> None:
    cache: PictureCache[str] = PictureCache(3)
    cache.keep("a", b"1234")
    assert (cache.get("a"), cache.bytes_kept) == (None, 0)
