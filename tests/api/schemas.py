"""The gateway's own OpenAPI document as a judge of its answers."""

from typing import Any

from jsonschema import Draft202012Validator


def _closed(schema: Any) -> Any:
    """The schema with nothing allowed that it does not describe."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    return closed | {"additionalProperties": False} if "properties" in schema and "type" in schema else closed


class Judge:
    """``document`` is what ``/openapi.json`` answers."""

    def __init__(self, document: Any) -> None:
        components = {"schemas": {name: _closed(schema) for name, schema in document["components"]["schemas"].items()}}
        (path,) = document["paths"].values()
        self._bodies = {
            int(status): {
                media: Draft202012Validator(
                    {**content["schema"], "components": components}, format_checker=Draft202012Validator.FORMAT_CHECKER
                )
                for media, content in response.get("content", {}).items()
            }
            for status, response in path["get"]["responses"].items()
        }

    def check(self, status: int, media_type: str | None, body: Any) -> None:
        """Raises ``ValidationError``, or ``KeyError`` where the document does not know such an answer.

        ``body`` is None where there is none.
        """
        kinds = self._bodies[status]
        if kinds or body is not None:
            kinds[str(media_type)].validate(body)
