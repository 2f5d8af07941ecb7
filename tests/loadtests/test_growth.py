from pathlib import Path

import orjson
import pytest

from gateway.config import load
from loadtests.growth.setting import Lists, Setting, Settings, new_keys
from loadtests.growth.table import Table
from loadtests.growth.upstream import answer


def page(target: str) -> dict[str, object]:
    parsed: dict[str, object] = orjson.loads(answer(target).partition(b"\r\n\r\n")[2])
    return parsed


@pytest.mark.parametrize("style", ["offset", "token"])
def test_a_synthetic_list_brings_each_item_once_and_ends(style: str) -> None:
    ids, place = [], "skip=0" if style == "offset" else ""
    for _ in range(3):
        got = page(f"/{style}/25/10/40?limit=10&{place}")
        ids += [item["id"] for item in got["items"]]  # type: ignore[attr-defined]
        place = f"skip={len(ids)}" if style == "offset" else f"token={got['next_token']}"
    assert ids == [f"vs_{number:08}" for number in range(25)]
    assert got.get("next_token") is None
    assert not got.get("has_more")


def test_tokens_are_as_long_as_was_asked() -> None:
    assert len(str(page("/token/100/0/120?limit=10")["next_token"])) == 120


def test_the_gateway_reads_the_configuration_of_every_style(tmp_path: Path) -> None:
    lists = (Lists(2), Lists(1, style="token", prefix="token"))
    fields = Setting(tmp_path, 1)._config(Settings(lists), new_keys(2))
    config = load(tmp_path / "gateway.json", environ={}, read=lambda path, _: _content(path, tmp_path, fields))
    assert sorted(config.providers) == ["list-000", "list-001", "token-000"]


def _content(path: Path, folder: Path, fields: object) -> bytes:
    return orjson.dumps(fields) if path.parent == folder else path.read_bytes()


def test_a_figure_that_is_not_there_is_no_point_of_a_curve() -> None:
    table = Table("x", "X", ("n", "a"), ((1, 10.0), (2, None)))
    assert table.pairs("n", "a") == ([1], [10.0])
    assert table.text().splitlines()[-1].split() == ["2", "-"]
