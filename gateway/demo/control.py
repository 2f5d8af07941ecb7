"""The control door of a simulated upstream: look at it and change it over HTTP."""

from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.demo.calls import CallLog
from gateway.demo.corpus import Corpus, Item
from gateway.demo.faults import Faults
from gateway.demo.responses import json_response
from gateway.demo.settings import BadSettingError, change, check, dump

_MOST_ITEMS = 1_000_000


class Controlled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def corpus(self) -> Corpus: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def calls(self) -> CallLog: ...


class ControlDoor:
    def __init__(self, upstream: Controlled, options: Any) -> None:
        self._upstream = upstream
        self._options = options

    def routes(self) -> list[Route]:
        return [
            Route("/_demo", self._show, methods=["GET"]),
            Route("/_demo", self._change, methods=["PATCH"]),
            Route("/_demo/items", self._insert, methods=["POST"]),
            Route("/_demo/items/{index:int}", self._delete, methods=["DELETE"]),
            Route("/_demo/reset-calls", self._reset_calls, methods=["POST"]),
        ]

    async def _show(self, _request: Request) -> Response:
        return json_response(self._report())

    async def _change(self, request: Request) -> Response:
        try:
            changes = await _object(request, {"items", "options", "faults"})
            self._apply(changes)
        except BadSettingError as bad:
            return _bad(bad)
        return json_response(self._report())

    async def _insert(self, request: Request) -> Response:
        try:
            body = await _object(request, {"at", "fields"})
            at = _whole("at", body.get("at", len(self._upstream.corpus)), len(self._upstream.corpus))
            item = self._insert_item(at, body.get("fields", {}))
        except BadSettingError as bad:
            return _bad(bad)
        return json_response({"index": at, "item": item.fields}, 201)

    def _insert_item(self, at: int, fields: object) -> Item:
        if not isinstance(fields, dict) or "at" in fields:
            raise BadSettingError("fields", "must be an object of the item's fields")
        try:
            return self._upstream.corpus.insert(at, **fields)
        except (TypeError, ValueError) as error:
            raise BadSettingError("fields", str(error)) from error

    async def _delete(self, request: Request) -> Response:
        index = request.path_params["index"]
        if index >= len(self._upstream.corpus):
            return _bad(BadSettingError("index", f"there are {len(self._upstream.corpus)} items"), 404)
        return json_response({"index": index, "item": self._upstream.corpus.delete(index).fields})

    async def _reset_calls(self, _request: Request) -> Response:
        self._upstream.calls.reset()
        return Response(status_code=204)

    def _report(self) -> dict[str, Any]:
        upstream = self._upstream
        return {
            "name": upstream.name,
            "items": len(upstream.corpus),
            "options": dump(self._options),
            "faults": dump(upstream.faults),
            "calls": upstream.calls.report(),
        }

    def _apply(self, changes: dict[str, Any]) -> None:
        """Everything is checked before anything is set."""
        upstream = self._upstream
        size = _whole("items", changes.get("items", len(upstream.corpus)), _MOST_ITEMS)
        check(self._options, changes.get("options", {}), prefix="options")
        faults = change(upstream.faults, changes.get("faults", {}), prefix="faults")
        change(self._options, changes.get("options", {}), prefix="options")
        if faults.get("hang") is False:
            upstream.faults.release()
        if size != len(upstream.corpus):
            upstream.corpus.resize(size)


def _bad(bad: BadSettingError, status: int = 400) -> Response:
    return json_response({"error": {"field": bad.field, "message": bad.reason}}, status)


async def _object(request: Request, known: set[str]) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadSettingError("body", "is not JSON") from error
    if not isinstance(body, dict):
        raise BadSettingError("body", "must be an object")
    for name in body:
        if name not in known:
            raise BadSettingError(name, f"unknown; known are {', '.join(sorted(known))}")
    return body


def _whole(name: str, value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadSettingError(name, f"must be int from 0 to {most}")
    return value
