from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from gateway.core.store import KnowledgeStore
from gateway.provider.mapping import MAX_DEPTH, MAX_ID, too_deep
from gateway.provider.provider import HASH_BYTES
from tests.support.lists import altered, provider

AITRONOS = {
    "id": "vs_store456",
    "name": "Internal Wiki Store",
    "description": None,
    "slice_id": "kslice_def456",
    "organization_id": "org_xyz789",
    "created_by": "usr_owner1",
    "is_active": True,
    "access_mode": "department",
    "file_count": 8,
    "data_size": 524288,
    "created_at": "2025-06-16T14:30:00Z",
    "updated_at": "2025-06-17T14:30:00Z",
    "surplus": {"kept": "under raw only"},
}
DEX = {
    "id": "vs_123456789",
    "project_id": "proj_987654321",
    "name": "My Knowledge Base",
    "engine": "sgp_knowledge_base",
    "created_at": "2024-01-15T10:30:00Z",
    "external_id": None,
}
B3OS = {
    "id": "k_1",
    "title": "How we deploy",
    "content": "long",
    "sourceType": "manual",
    "sourceId": "src_1",
    "organizationId": "org_1",
    "pinned": False,
    "metadata": {"a": [1]},
    "createdAt": "2025-01-01T00:00:00Z",
    "updatedAt": "2025-01-02T00:00:00Z",
    "lastAccessedAt": "2025-01-03T00:00:00Z",
}


def mapped(type_: str, raw: Any) -> KnowledgeStore:
    store = provider(type_).store(raw)
    assert store is not None
    return store


def test_an_aitronos_store_becomes_the_unified_one() -> None:
    assert mapped("aitronos", AITRONOS) == {
        "id": "aitronos:vs_store456",
        "provider": "aitronos",
        "native_id": "vs_store456",
        "kind": "vector_store",
        "type": None,
        "name": "Internal Wiki Store",
        "description": None,
        "status": "active",
        "created_at": "2025-06-16T14:30:00Z",
        "updated_at": "2025-06-17T14:30:00Z",
        "item_count": 8,
        "size_bytes": 524288,
        "metadata": {
            "slice_id": "kslice_def456",
            "organization_id": "org_xyz789",
            "created_by": "usr_owner1",
            "access_mode": "department",
        },
    }


def test_a_scale_dex_store_becomes_the_unified_one() -> None:
    assert mapped("scale-dex", DEX) == {
        "id": "scale-dex:vs_123456789",
        "provider": "scale-dex",
        "native_id": "vs_123456789",
        "kind": "vector_store",
        "type": "sgp_knowledge_base",
        "name": "My Knowledge Base",
        "description": None,
        "status": None,
        "created_at": "2024-01-15T10:30:00Z",
        "updated_at": None,
        "item_count": None,
        "size_bytes": None,
        "metadata": {"project_id": "proj_987654321", "external_id": None},
    }


def test_a_b3os_entry_becomes_the_unified_one() -> None:
    assert mapped("b3os", B3OS) == {
        "id": "b3os:k_1",
        "provider": "b3os",
        "native_id": "k_1",
        "kind": "knowledge_entry",
        "type": "manual",
        "name": "How we deploy",
        "description": None,
        "status": None,
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-02T00:00:00Z",
        "item_count": None,
        "size_bytes": None,
        "metadata": {
            "source_id": "src_1",
            "organization_id": "org_1",
            "pinned": False,
            "last_accessed_at": "2025-01-03T00:00:00Z",
            "metadata": {"a": [1]},
        },
    }


def test_the_keys_of_an_item_always_stand_in_one_order() -> None:
    assert list(mapped("aitronos", {"id": "x"})) == list(mapped("b3os", B3OS))


@pytest.mark.parametrize("type_", ["aitronos", "b3os", "scale-dex"])
def test_an_item_with_nothing_but_an_id_is_an_item(type_: str) -> None:
    store = mapped(type_, {"id": "x"})
    assert store["native_id"] == "x"
    assert (store["name"], store["created_at"], store["metadata"]) == (None, None, {})


@pytest.mark.parametrize(
    ("flag", "status"), [(True, "active"), (False, "inactive"), (None, None), (1, None), ([], None)]
)
def test_the_status_is_translated_or_null(flag: Any, status: str | None) -> None:
    assert mapped("aitronos", {"id": "x", "is_active": flag})["status"] == status


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z"),
        ("2024-01-15T10:30:00+00:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15T10:30:00+05:30", "2024-01-15T05:00:00Z"),
        ("2024-01-01T01:00:00+02:00", "2023-12-31T23:00:00Z"),
        ("2024-01-15T10:30:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15 10:30:00", "2024-01-15T10:30:00Z"),
        ("2024-01-15", "2024-01-15T00:00:00Z"),
        ("2024-01-15T10:30:00.000Z", "2024-01-15T10:30:00Z"),
        ("2024-01-15T10:30:00.120Z", "2024-01-15T10:30:00.12Z"),
        ("2024-01-15T10:30:00.123456Z", "2024-01-15T10:30:00.123456Z"),
        ("2024-01-15T10:30:00.123456789Z", "2024-01-15T10:30:00.123456Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59-01:00", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("10000-01-01T00:00:00Z", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-01-15T24:30:00Z", None),
        ("2024-01-15T10:30:00+24:00", None),
        ("٢٠٢٤-01-15T10:30:00Z", None),
        ("2024-01-15T10:30:00Z\n", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1705314600, None),
        (True, None),
        ({}, None),
    ],
)
def test_a_time_is_rfc_3339_in_utc_or_null(written: Any, read: str | None) -> None:
    assert mapped("aitronos", {"id": "x", "created_at": written})["created_at"] == read


@pytest.mark.parametrize(
    ("format_", "written", "read"),
    [
        ("unix", 1705314600, "2024-01-15T10:30:00Z"),
        ("unix", 1705314600.5, "2024-01-15T10:30:00.5Z"),
        ("unix", 0, "1970-01-01T00:00:00Z"),
        ("unix", -1, "1969-12-31T23:59:59Z"),
        ("unix_ms", 1705314600120, "2024-01-15T10:30:00.12Z"),
        ("unix", 253402300800, None),
        ("unix", 2**63, None),
        ("unix", 1e300, None),
        ("unix", True, None),
        ("unix", "1705314600", None),
        ("unix", None, None),
    ],
)
def test_a_unix_time_becomes_the_same(format_: str, written: Any, read: str | None) -> None:
    spec = altered("aitronos", item={"kind": "x", "id": "id", "created_at": "at", "time_format": format_})
    store = provider("aitronos", spec=spec).store({"id": "x", "at": written})
    assert store is not None
    assert store["created_at"] == read


@pytest.mark.parametrize(
    ("id_", "native"),
    [
        ("vs_1", "vs_1"),
        (7, "7"),
        (0, "0"),
        (-7, "-7"),
        (2**63, str(2**63)),
        ("x" * MAX_ID, "x" * MAX_ID),
        ("x" * (MAX_ID + 1), None),
        ("", None),
        (None, None),
        (True, None),
        (1.0, None),
        ([], None),
        ({"id": 1}, None),
    ],
)
def test_an_id_is_text_or_a_whole_number(id_: Any, native: str | None) -> None:
    store = provider("aitronos").store({"id": id_})
    assert (store["native_id"] if store else None) == native


@pytest.mark.parametrize("raw", [None, True, 3, "vs_1", [], ["id"], {}, {"name": "no id"}])
def test_what_has_no_id_is_refused(raw: Any) -> None:
    assert provider("aitronos").store(raw) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (8, 8),
        (0, 0),
        (8.0, 8),
        ("8", 8),
        ("0008", 8),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (-1, None),
        (8.5, None),
        (1e300, None),
        ("8.0", None),
        ("٨", None),
        ("9" * 19, None),
        ("", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_a_count_is_a_whole_number_from_nothing_on_or_null(written: Any, read: int | None) -> None:
    assert mapped("aitronos", {"id": "x", "file_count": written})["item_count"] == read


@pytest.mark.parametrize(
    ("written", "read"),
    [("n", "n"), ("", ""), (7, "7"), (True, "true"), (1.5, "1.5"), (None, None), ([], None), ({}, None)],
)
def test_a_text_is_a_text_or_what_json_writes_in_one_word(written: Any, read: str | None) -> None:
    assert mapped("aitronos", {"id": "x", "name": written})["name"] == read


def nested(depth: int, inner: Any = 0) -> Any:
    for turn in range(depth):
        inner = [inner] if turn % 2 else {"a": inner}
    return inner


def test_depth_counts_objects_and_lists() -> None:
    assert not too_deep(nested(MAX_DEPTH))
    assert too_deep(nested(MAX_DEPTH + 1))
    assert not too_deep("text", 0)


def test_an_item_that_nests_too_deep_is_refused() -> None:
    made = provider("aitronos")
    assert made.store({"id": "x", "a": nested(MAX_DEPTH - 1)}) is not None
    assert made.store({"id": "x", "a": nested(MAX_DEPTH)}) is None


@pytest.mark.parametrize("raw", [{"name": nested(400)}, {"id": None, "a": nested(900)}, nested(253), nested(254)])
def test_an_item_of_any_depth_is_known_again(raw: Any) -> None:
    """Serializing what nests deeper than 254 levels raises; a walk must go on."""
    made = provider("aitronos")
    body = orjson.loads(bytes(repr(raw).replace("'", '"').replace("None", "null"), "ascii"))
    assert made.hash(body) == made.hash(body)


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("id"), inner, max_size=3),
    max_leaves=8,
)


@given(json)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_value_is_mapped_or_refused_and_always_known_again(raw: Any) -> None:
    made = provider("b3os")
    store = made.store(raw)
    assert store is None or (store["native_id"] and orjson.dumps(store))
    assert len(made.hash(raw)) == HASH_BYTES


def test_an_item_is_known_by_its_id_alone() -> None:
    made = provider("aitronos")
    assert made.hash(AITRONOS) == made.hash({"id": AITRONOS["id"]}) != made.hash({"id": "other"})


def test_an_item_without_an_id_is_known_by_its_content() -> None:
    made = provider("aitronos")
    assert made.hash({"a": 1, "b": 2}) == made.hash({"b": 2, "a": 1}) != made.hash({"a": 1})
