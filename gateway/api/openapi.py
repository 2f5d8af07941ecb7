"""The API described for machines (OpenAPI 3.1): brief, and built from the tables that the code itself uses."""

from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from gateway import __version__
from gateway.api.negotiation import check_method
from gateway.api.options import ServerOptions
from gateway.api.params import MIN_TIMEOUT
from gateway.api.problems import PROBLEMS, TYPE_PREFIX
from gateway.api.responses import Answer, send_answer
from gateway.core.errors import FailureCode
from gateway.core.query import DEFAULT_LIMIT, MAX_LIMIT
from gateway.listing.position import Lost

_OPTIONAL_TEXT = {"type": ["string", "null"]}
_OPTIONAL_COUNT = {"type": ["integer", "null"], "minimum": 0}
_OPTIONAL_TIME = {"type": ["string", "null"], "format": "date-time"}


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_FILTERS = ("pushed", "residual")

_STORE = _object(
    {
        "id": {"type": "string", "description": "provider:native_id, unique over all providers"},
        "provider": {"type": "string"},
        "native_id": {"type": "string"},
        "kind": {"type": "string"},
        "type": _OPTIONAL_TEXT,
        "name": _OPTIONAL_TEXT,
        "description": _OPTIONAL_TEXT,
        "status": _OPTIONAL_TEXT,
        "created_at": _OPTIONAL_TIME,
        "updated_at": _OPTIONAL_TIME,
        "item_count": _OPTIONAL_COUNT,
        "size_bytes": _OPTIONAL_COUNT,
        "metadata": {"type": "object"},
        "raw": {"description": "the provider's own object, with include=raw"},
    },
    "raw",
)
_FAILURE = _object(
    {
        "code": {"enum": [code.value for code in FailureCode]},
        "status": {"type": ["integer", "null"]},
        "retry_after": _OPTIONAL_COUNT,
        "attempts": {"type": "integer", "minimum": 0},
    }
)
_REPORT = _object(
    {
        "provider": {"type": "string"},
        "status": {"enum": ["ok", "stale", "scanning", "failed", "excluded", "removed"]},
        "returned": {"type": "integer", "minimum": 0},
        "total": _OPTIONAL_COUNT,
        "exhausted": {"type": "boolean"},
        "guarantee": {"enum": ["exact", "best_effort"]},
        "filters": _object({name: {"type": "array", "items": {"type": "string"}} for name in _FILTERS}),
        "lost": {"enum": [*(flag.name.lower() for flag in Lost if flag.name), None]},
        "lost_count": _OPTIONAL_COUNT,
        "error": {"anyOf": [_ref("Failure"), {"type": "null"}]},
    }
)
_PAGE = _object(
    {
        "items": {"type": "array", "items": _ref("KnowledgeStore")},
        "next_cursor": _OPTIONAL_TEXT,
        "has_more": {"type": "boolean"},
        "total": _object({"value": _OPTIONAL_COUNT, "relation": {"enum": ["exact", "at_least", "unknown"]}}),
        "complete": {"type": "boolean", "description": "no provider is failing and nothing is lost"},
        "providers": {"type": "array", "items": _ref("ProviderReport")},
    }
)
_PROBLEM = _object(
    {
        "type": {"enum": [TYPE_PREFIX + slug for slug in PROBLEMS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string"},
        "next_cursor": {"type": "string", "description": "resumes where nothing could be delivered"},
        "providers": {"type": "array", "items": _ref("ProviderReport")},
    },
    "parameter",
    "next_cursor",
    "providers",
)


def _parameters(max_timeout: float) -> list[dict[str, Any]]:
    described = {
        "limit": (
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "Items on this page; may change from page to page.",
        ),
        "cursor": ({"type": "string"}, "From next_cursor. Holds the query."),
        "provider": ({"type": "array", "items": {"type": "string"}}, "Only these; repeatable or comma-separated."),
        "strict": ({"type": "boolean", "default": False}, "Fail unless the page is complete."),
        "include": ({"enum": ["raw"]}, "Adds the provider's own object to every item."),
        "timeout": (
            {"type": "number", "minimum": MIN_TIMEOUT, "maximum": max_timeout},
            "Seconds; what has answered by then is the page.",
        ),
    }
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": text}
        for name, (schema, text) in described.items()
    ]


def _responses() -> dict[str, Any]:
    page = {"description": "A page", "content": {"application/json": {"schema": _ref("Page")}}}
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    by_status: dict[int, list[str]] = {504: ["every failure was a timeout"]}
    for status, title in PROBLEMS.values():
        by_status.setdefault(status, []).append(title)
    problems = {
        str(status): {"description": "; ".join(titles), "content": problem}
        for status, titles in sorted(by_status.items())
    }
    return {"200": page, "304": {"description": "The client has this page already"}, **problems}


def document(options: ServerOptions, path: str) -> dict[str, Any]:
    """The OpenAPI document of a gateway with these options."""
    operation = {
        "operationId": "listKnowledgeStores",
        "summary": "The knowledge stores of every provider, merged and paged",
        "parameters": _parameters(options.max_timeout),
        "responses": _responses(),
        "security": [{"bearer": []}, {"apiKey": []}, {}],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Knowledge-store gateway", "version": __version__},
        "servers": [{"url": options.base_path or "/"}],
        "paths": {path: {"get": operation}},
        "components": {
            "schemas": {
                "KnowledgeStore": _STORE,
                "Failure": _FAILURE,
                "ProviderReport": _REPORT,
                "Page": _PAGE,
                "Problem": _PROBLEM,
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


class OpenApi:
    """``/openapi.json``."""

    def __init__(self, options: ServerOptions, path: str) -> None:
        self._body = orjson.dumps(document(options, path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        check_method(scope)
        await send_answer(scope, send, Answer(200, [(b"content-type", b"application/json")], self._body))
