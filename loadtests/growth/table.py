"""What a curve brings: rows of numbers under named columns, as text and as they are kept."""

from dataclasses import dataclass

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is that of the curve. None: there is no such figure."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def column(self, name: str) -> list[Value]:
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def pairs(self, x: str, y: str) -> tuple[list[float], list[float]]:
        """Where both are numbers."""
        both = zip(self.column(x), self.column(y), strict=True)
        found = [(a, b) for a, b in both if isinstance(a, int | float) and isinstance(b, int | float)]
        return [a for a, _ in found], [b for _, b in found]

    def text(self) -> str:
        cells = [list(self.columns), *([number(value) for value in row] for row in self.rows)]
        widths = [max(len(row[at]) for row in cells) for at in range(len(self.columns))]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
        return "\n".join([self.title, *lines])


def number(value: Value) -> str:
    """Three significant digits, or all those before the point."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004
