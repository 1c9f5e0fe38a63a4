"""Numbers for people: three digits, in Markdown tables whose columns line up in plain text too."""

from collections.abc import Sequence

NOTHING = "–"


def number(value: float | None, factor: float = 1.0) -> str:
    """A value times a factor with three significant digits, thousands set apart; – for None."""
    if value is None:
        return NOTHING
    scaled = value * factor
    size = abs(float(f"{scaled:.3g}"))
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{scaled:,.{decimals}f}".replace(",", " ")


def percent(part: float | None) -> str:
    """A part of one as per cent; – for None."""
    return NOTHING if part is None else f"{100 * part:.0f} %"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left, the others to the right.

    Raises:
        ValueError: a row has another number of cells than there are titles.
    """
    for row in rows:
        if len(row) != len(titles):
            raise ValueError(f"{len(titles)} columns, but the row {list(row)} has {len(row)}.")
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (titles, *rows)]
    widths = [max(3, *(len(row[at]) for row in cells)) for at in range(len(titles))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in (cells[0], rule, *cells[1:]))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    padded = [first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]
    return f"| {' | '.join(padded)} |"
