"""The curves as pictures."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from loadtests.growth.table import Table

mpl.use("Agg")

INK, LINES = "#334155", ("#2563eb", "#d97706", "#059669", "#9333ea")
TICKET_OVER, MOST_INLINE = 4 * 1024, 7 * 1024


def draw(table: Table, folder: Path, said: str) -> Path | None:
    """A picture of the curve, where it has one; ``said`` stands small beneath it."""
    if table.name not in _DRAWN:
        return None
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    figure.suptitle(table.title, fontsize=9, color=INK)
    figure.text(0.995, 0.005, said, fontsize=6, color=INK, ha="right")
    _DRAWN[table.name](table, figure)
    path = folder / f"growth-{table.name}.png"
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return path


def _axes(figure: Figure, count: int) -> list[Axes]:
    axes = [figure.add_subplot(1, count, number + 1) for number in range(count)]
    for one in axes:
        one.grid(alpha=0.3)
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=7)
    return axes


def _line(axes: Axes, table: Table, x: str, *columns: str) -> None:
    """From zero upwards, so that what looks flat is flat."""
    for column, colour in zip(columns, LINES, strict=False):
        axes.plot(*table.pairs(x, column), marker="o", markersize=3, color=colour, label=column)
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=7, frameon=False)


def _providers(table: Table, figure: Figure) -> None:
    left, right = _axes(figure, 2)
    _line(left, table, "providers", "CPU ms/page")
    _line(right, table, "providers", "CPU µs/provider and page")


def _cursors(table: Table, figure: Figure) -> None:
    (axes,) = _axes(figure, 1)
    _line(axes, table, "providers", *table.columns[1:])
    for level, meaning in ((TICKET_OVER, "a ticket, where there is Redis"), (MOST_INLINE, "the longest inline")):
        axes.axhline(level, color=INK, linewidth=0.7, linestyle="--")
        axes.text(1, level + 60, meaning, fontsize=7, color=INK)


def _tenants(table: Table, figure: Figure) -> None:
    left, right = _axes(figure, 2)
    _line(left, table, "tenants", "MiB ready", "MiB used")
    _line(right, table, "tenants", "p50 ms", "p99 ms")


def _walk(table: Table, figure: Figure) -> None:
    left, right = _axes(figure, 2)
    _line(left, table, "items", "MiB")
    _line(right, table, "items", "CPU ms/page")
    for axes in (left, right):
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))


def _bodies(table: Table, figure: Figure) -> None:
    left, right = _axes(figure, 2)
    _line(left, table, "upstream KiB", "CPU ms/page", "CPU ms/page, raw")
    _line(right, table, "upstream KiB", "MiB")


_DRAWN: dict[str, Callable[[Table, Figure], None]] = {
    "providers": _providers,
    "cursors": _cursors,
    "tenants": _tenants,
    "walk": _walk,
    "bodies": _bodies,
}
