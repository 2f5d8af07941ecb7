"""What `helm test` runs in the cluster: HOST:PORT of the API and, where there are any, of the metrics."""

import http.client
import json
import sys


def ask(address: str, path: str) -> tuple[int, bytes]:
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=40)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError as error:
        sys.exit(f"{address}{path}: {error}")
    finally:
        connection.close()


def expect(address: str, path: str, *allowed: int) -> bytes:
    status, body = ask(address, path)
    if status not in allowed:
        sys.exit(f"{address}{path}: {status} instead of {' or '.join(map(str, allowed))}: {body[:500]!r}")
    sys.stdout.write(f"{address}{path}: {status}\n")
    return body


def main(api: str, *metrics: str) -> None:
    expect(api, "/healthz", 200)
    expect(api, "/readyz", 200)
    # without a key: refused, or where anonymous callers are welcome, a page; 503 where no provider answers them
    page = json.loads(expect(api, "/v1/knowledge-stores?limit=1", 200, 401, 503))
    if not {"items", "type"} & page.keys():
        sys.exit(f"{api}: neither a page nor a problem: {sorted(page)}")
    for address in metrics:
        if b"knowledge_gateway_build_info" not in expect(address, "/metrics", 200):
            sys.exit(f"{address}/metrics: no metrics of the gateway")


main(*sys.argv[1:])
