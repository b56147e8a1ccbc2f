"""Who is meant by the first letters of a name: all of them where they are few, else how to tell when she is met."""

from typing import Final

from rejoin.common.rows import select

FEW: Final = 1_000
"""Whoever writes more of a name finds fewer. So many are found by name first, and their rows by their numbers."""
CALLED: Final = "SELECT rejoin_patients_called(%s, %s)"
MET: Final = """
(SELECT patient.called @@ rejoin_sought(%(text)s) FROM people_patient AS patient WHERE patient.id = {column})
"""
"""Asked of one row: by the patient's number in `{column}`."""


def few_called(text: str) -> list[int] | None:
    """The numbers of all patients there are whose words begin so; None where they are many. Whom she sees is asked where
    their rows are read."""
    found = [row[0] for row in select(CALLED, [text, FEW + 1])]
    return found if len(found) <= FEW else None
