"""No figure stands in the model card that was not measured."""

import re
from pathlib import Path

from rejoin.estimating.models_file import shipped

ROOT = Path(__file__).parents[2]
FIGURE = re.compile(r"(?<![\w-])[0-9]*[.,]?[0-9]+(?:[.,][0-9]+)*")
SAID = {"1", "18", "90"}
"""An age, the width of an interval, and the beginning of a list are no measurements."""


def figures(text: str) -> set[str]:
    return set(FIGURE.findall(re.sub(r"CTN-[0-9]+|\]\([^)]*\)", "", text)))


def test_every_figure_in_the_card_stands_in_a_table_or_with_the_model() -> None:
    card = figures((ROOT / "docs/model-card.md").read_text())
    measured = set().union(
        *(figures(path.read_text()) for path in (ROOT / "docs/validation").glob("risk-*.md"))
    )
    learnt = {f"{value:,}" for value in shipped().provenance.values() if isinstance(value, int)}
    assert len(card) > 60
    assert card - measured - learnt - SAID == set()


def test_rows_that_the_card_quotes_are_rows_of_the_tables() -> None:
    tables = "\n".join(path.read_text() for path in (ROOT / "docs/validation").glob("risk-*.md"))
    rows = [[cell.strip() for cell in row.split("|")] for row in tables.splitlines() if row.startswith("|")]
    quoted = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs/model-card.md").read_text().splitlines()
        if line.startswith("| ") and any(letter.isdigit() for letter in line)
    ]
    assert len(quoted) > 14
    for cells in quoted:
        assert any(all(cell in row for cell in cells) for row in rows), cells
