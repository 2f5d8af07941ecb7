"""One client that walks a listing to its end, as fast as it is answered."""

from dataclasses import dataclass

from loadtests.bench.baselines.given import PATH
from loadtests.bench.connection import connect, content, request
from loadtests.bench.stage import Server


@dataclass(frozen=True, slots=True)
class Walked:
    pages: int
    items: int
    different: int
    complete: bool


async def walk(server: Server, limit: int) -> Walked:
    connection, cursor = await connect(server.port), None
    pages, items, seen = 0, 0, set[str]()
    while True:
        query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        page = content(await connection.ask(request(server.port, PATH + query, server.headers())))
        pages += 1
        items += len(page["items"])
        seen.update(item["id"] for item in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    connection.close()
    return Walked(pages, items, len(seen), page["complete"])
