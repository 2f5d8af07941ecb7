"""The unified item: one knowledge store of one provider, in the fields every client sees."""

from typing import Any, NotRequired, TypedDict

#: a provider's own object, as its API sent it (any JSON value; an object where the item is usable)
RawItem = Any


class KnowledgeStore(TypedDict):
    """Keys in the order in which they are rendered. Times are RFC 3339 in UTC, sizes in bytes."""

    id: str
    provider: str
    native_id: str
    kind: str
    type: str | None
    name: str | None
    description: str | None
    status: str | None
    created_at: str | None
    updated_at: str | None
    item_count: int | None
    size_bytes: int | None
    metadata: dict[str, Any]
    raw: NotRequired[RawItem]
