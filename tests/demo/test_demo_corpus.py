import pytest

from gateway.demo.corpus import Corpus
from gateway.demo.shapes import aitronos_store, b3os_entry


def test_the_same_seed_grows_the_same_items_whatever_the_size() -> None:
    small, large = Corpus(aitronos_store, 10, seed=3), Corpus(aitronos_store, 50, seed=3)
    assert [item.body for item in small] == [item.body for item in large][:10]
    assert small.ids() != Corpus(aitronos_store, 10, seed=4).ids()
    assert len(set(large.ids())) == 50


def test_inserting_and_deleting() -> None:
    corpus = Corpus(aitronos_store, 3)
    first, second, third = corpus.ids()
    middle, start, end = corpus.insert(1).id, corpus.insert(0).id, corpus.insert().id
    assert corpus.ids() == [start, first, middle, second, third, end]
    assert corpus[2].id == middle
    assert corpus.delete(2).id == middle
    assert corpus.ids() == [start, first, second, third, end]
    places = [item.place for item in corpus]
    assert places == sorted(set(places))


def test_places_never_run_out() -> None:
    corpus = Corpus(aitronos_store, 2)
    for _ in range(200):
        corpus.insert(1)
    places = [item.place for item in corpus]
    assert places == sorted(set(places))


def test_an_item_of_ones_own() -> None:
    item = Corpus(b3os_entry, created_field="createdAt").insert(id=7, createdAt="2024-05-01T00:00:00", title="T")
    assert item.id == "7"
    assert item.fields["id"] == 7
    assert item.created.isoformat() == "2024-05-01T00:00:00+00:00"


@pytest.mark.parametrize("at", [-1, 3])
def test_there_is_no_such_position(at: int) -> None:
    with pytest.raises(IndexError, match="no position"):
        Corpus(aitronos_store, 2).insert(at)


def test_resizing() -> None:
    corpus = Corpus(aitronos_store, 5)
    ids = corpus.ids()
    corpus.resize(3)
    assert corpus.ids() == ids[:3]
    corpus.resize(6)
    assert corpus.ids()[:3] == ids[:3]
    assert len(set(corpus.ids())) == len(corpus) == 6


def test_neighbours_share_their_time() -> None:
    times = [item.created for item in Corpus(aitronos_store, 12, same_time=4)]
    assert [len(set(times[at : at + 4])) for at in (0, 4, 8)] == [1, 1, 1]
    assert len(set(times)) == 3


def test_views_follow_the_items_and_stay_few() -> None:
    corpus = Corpus(aitronos_store, 2)
    kept = corpus.view("all", lambda: list(corpus))
    assert corpus.view("all", list) is kept
    corpus.insert()
    assert len(corpus.view("all", lambda: list(corpus))) == 3
    for key in range(100):
        corpus.view(key, list)
    assert corpus.view("all", list) == []
