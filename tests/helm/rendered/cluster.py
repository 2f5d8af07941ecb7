"""As much of the API of Kubernetes as Helm asks for before it would install: what there is, and which secrets."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from .chart import NAMESPACE, RELEASE

Answer = dict[str, Any]

_KINDS = {
    "/api/v1": {
        "configmaps": "ConfigMap",
        "pods": "Pod",
        "secrets": "Secret",
        "serviceaccounts": "ServiceAccount",
        "services": "Service",
    },
    "/apis/apps/v1": {"deployments": "Deployment"},
    "/apis/networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy"},
    "/apis/policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
}

#: by this Helm knows its own, which it leaves so where it keeps a secret of a release that is gone
_OWNED: Answer = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": RELEASE, "meta.helm.sh/release-namespace": NAMESPACE},
}


def _resources(path: str) -> Answer:
    version = path.removeprefix("/apis/").removeprefix("/api/")
    listed = [
        {
            "name": name,
            "singularName": kind.lower(),
            "kind": kind,
            "namespaced": True,
            "verbs": ["get", "list", "create"],
        }
        for name, kind in _KINDS[path].items()
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


def _groups() -> Answer:
    versions = [path.removeprefix("/apis/") for path in _KINDS if path.startswith("/apis/")]
    groups = []
    for one in versions:
        name, _, version = one.partition("/")
        stated = {"groupVersion": one, "version": version}
        groups.append({"name": name, "versions": [stated], "preferredVersion": stated})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


_KNOWN: dict[str, Answer] = {
    "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": _groups(),
    **{path: _resources(path) for path in _KINDS},
}


def _secret(name: str, data: dict[str, str]) -> Answer:
    coded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    metadata = {"name": name, "namespace": NAMESPACE, **_OWNED}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": coded}


@contextmanager
def cluster(folder: Path, secrets: dict[str, dict[str, str]]) -> Iterator[Path]:
    """A kubeconfig that leads to a cluster which holds these secrets and nothing else."""
    held = {f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}": _secret(name, data) for name, data in secrets.items()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler({**_KNOWN, **held}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield _kubeconfig(folder, server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(answers: dict[str, Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            body = json.dumps(answers.get(path, missing)).encode()
            self.send_response(200 if path in answers else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler


def _kubeconfig(folder: Path, port: int) -> Path:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "nobody"}}],
        "current-context": "fake",
    }
    path.write_text(yaml.safe_dump(config))
    return path
