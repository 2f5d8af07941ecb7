"""What a pod of the chart finds: its variables and files, from the config map and secrets that are mounted."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.config import Config, load
from gateway.config.cursor_keys import encode

from .chart import Object, container, of_kind, only

Secrets = dict[str, dict[str, str]]

#: what the secrets hold that the values only name
ELSEWHERE: Secrets = {
    "knowledge-gateway": {
        "GATEWAY_CURSOR_KEY": encode(bytes(range(64))),
        "NEW_CURSOR_KEY": encode(bytes(range(1, 65))),
        "AITRONOS_TOKEN": "hidden-aitronos",
        "B3OS_TOKEN": "hidden-b3os",
        "REDIS_PASSWORD": "hidden-redis",
        "SEARCH_AITRONOS": "hidden-search",
        "SEARCH_TEAM_DIGEST": f"sha256:{'1' * 64}",
        "DASHBOARD_DIGEST": f"sha256:{'2' * 64}",
    },
    "collector": {"headers": "x-key=hidden-collector"},
    "redis": dict.fromkeys(("address", "url"), "redis://:hidden-redis@redis.example.com:6390/0"),
}


def secrets(objects: tuple[Object, ...]) -> Secrets:
    made = {
        one["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in one["data"].items()}
        for one in of_kind(objects, "Secret")
    }
    return {**ELSEWHERE, **made}


def config_of(objects: tuple[Object, ...]) -> Config:
    """As the gateway in the pod would read it. Raises ``ConfigError``, or ``KeyError`` where a pod would not start."""
    files = dict(_files(objects))

    def read(path: Path, limit: int) -> bytes:
        if str(path) not in files:
            raise FileNotFoundError(path)
        return files[str(path)].encode()[:limit]

    arguments = container(objects)["args"]
    assert arguments[:2] == ["serve", "--config"]
    return load(Path(arguments[2]), environ(objects), read=read)


def environ(objects: tuple[Object, ...]) -> dict[str, str]:
    known = secrets(objects)
    return {one["name"]: _value(one, known) for one in container(objects).get("env", ())}


def _value(variable: Object, known: Secrets) -> str:
    if "value" in variable:
        return str(variable["value"])
    source: dict[str, Any] = variable["valueFrom"]
    if "secretKeyRef" not in source:
        return "a-field"
    return known[source["secretKeyRef"]["name"]][source["secretKeyRef"]["key"]]


def _files(objects: tuple[Object, ...]) -> Iterator[tuple[str, str]]:
    volumes = {one["name"]: one for one in only(objects, "Deployment")["spec"]["template"]["spec"]["volumes"]}
    for mount in container(objects)["volumeMounts"]:
        for path, content in _contents(volumes[mount["name"]], objects):
            yield f"{mount['mountPath']}/{path}", content


def _contents(volume: Object, objects: tuple[Object, ...]) -> Iterator[tuple[str, str]]:
    known = secrets(objects)
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(objects, "ConfigMap")}
    if "configMap" in volume and "items" in volume["configMap"]:
        data = maps[volume["configMap"]["name"]]
        yield from ((item["path"], data[item["key"]]) for item in volume["configMap"]["items"])
    for source in volume.get("projected", {}).get("sources", ()):
        data = known[source["secret"]["name"]]
        yield from ((item["path"], data[item["key"]]) for item in source["secret"]["items"])
