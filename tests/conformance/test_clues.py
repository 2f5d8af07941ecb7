"""What an answer could mean, by its names and shapes alone."""

from gateway.conformance import clues


def test_lists_are_found_at_any_depth_the_longest_first() -> None:
    value = {"meta": {"facets": [{}]}, "data": {"items": [{}, {}]}, "tags": ["a"], "none": []}
    assert clues.lists(value) == ["data.items", "meta.facets", "none"]


def test_a_bare_list_is_the_answer_itself() -> None:
    assert clues.lists([{}]) == ["$"]


def test_a_name_that_no_path_can_hold_is_left_out() -> None:
    assert clues.lists({"a b": [{}], "a.b": [{}], "$x": [{}]}) == []


def test_tokens_are_found_by_name_those_of_the_next_page_first() -> None:
    value = {"cursor": "c", "meta": {"next_page_token": "n"}, "has_next": True, "name": "x", "empty_token": ""}
    assert clues.tokens(value) == ["meta.next_page_token", "cursor"]


def test_what_leads_back_or_opens_doors_is_no_token() -> None:
    value = {"prev_token": "p", "access_token": "a", "csrf_token": "c", "max_tokens": 5, "request_cursor": "r"}
    assert clues.tokens(value) == []


def test_a_link_is_no_token() -> None:
    value = {"next": "https://a.test/x?page=2", "links": {"next": "/x?page=2", "prev": "/x?page=0"}, "next_id": "7"}
    assert clues.tokens(value) == ["next_id"]
    assert clues.links(value) == ["next", "links.next"]


def test_headers_that_could_hold_a_token() -> None:
    assert clues.token_headers({"x-next-cursor": "c", "retry-after": "3", "date": "x", "x-token": ""}) == [
        "x-next-cursor"
    ]


def test_the_link_headers_next_page() -> None:
    headers = {"link": '</a?p=0>; rel="prev", </a?p=2>; rel="next"'}
    assert clues.header_links(headers) == [("next", "/a?p=2")]
    assert clues.relations(headers) == ["next", "prev"]


def test_flags_are_truth_values_that_speak_of_more() -> None:
    value = {"is_last": False, "page": {"has_more": True}, "more": "yes", "active": True}
    assert clues.flags(value) == ["page.has_more", "is_last"]
    assert clues.more_flags(value) == ["page.has_more"]


def test_counts_are_whole_numbers_of_items_and_pages() -> None:
    value = {"count": 20, "total": 57, "total_pages": 3, "size": -1, "num_results": "57"}
    assert clues.counts(value) == {"total": 57, "count": 20}
    assert clues.counts(value, least=21) == {"total": 57}
    assert clues.page_counts(value) == {"total_pages": 3}
