"""Which parameters a patient's curves are drawn with: those of her program's latest night, or assumed ones, and why."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import msgspec

from rejoin.common.rows import select
from rejoin.domain.progress import Fit, Instrument, Parameters, Series, assume
from rejoin.domain.progress.fitting import ENOUGH_PATIENTS

MODEL: Final = "level-2"
"""The local level model of `domain/progress`. Another way of fitting, or other parameters, is another number."""
LATEST: Final = """
SELECT asked.program_id, asked.instrument, asked.version, asked.scale,
       made.until_on, made.patients, made.twice, made.scores, made.parameters::text, made.how
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS asked(program_id, instrument, version, scale)
 CROSS JOIN LATERAL (SELECT * FROM insights_progressfit AS fit
                      WHERE fit.program_id = asked.program_id AND fit.instrument = asked.instrument
                        AND fit.version = asked.version AND fit.scale = asked.scale AND fit.model = %s
                      ORDER BY fit.id DESC LIMIT 1) AS made
"""
ASSUMED: Final = "assumed parameters"
NOT_YET: Final = "assumed: no fit over this program is at hand yet"
"""No night has fitted here, or it is a program of hers whose figures whoever reads does not see."""
Which = tuple[int, str, str, str]
"""Program, instrument, version, scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What the latest night came to."""

    until_on: date
    patients: int
    twice: int
    scores: int
    parameters: Parameters | None
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A fit to draw with. `named`: which parameters these are, in a few words, for the source of a figure."""

    fit: Fit
    named: str


def nights_of(asked: Collection[Which]) -> dict[Which, Night]:
    """The latest of each. One query."""
    columns = [[each[place] for each in asked] for place in range(4)]
    return {
        (row[0], row[1], row[2], row[3]): Night(
            until_on=row[4],
            patients=row[5],
            twice=row[6],
            scores=row[7],
            parameters=msgspec.json.decode(row[8], type=Parameters) if row[8] else None,
            how=row[9],
        )
        for row in select(LATEST, [*columns, MODEL])
    }


def drawn_with(night: Night | None, series: Series, known: Instrument) -> Drawn:
    """The program's own parameters where there are some; else assumed ones, with the reason that is true of the program.

    `series`: of one patient, or of several. Nothing is fitted here.
    """
    if night is not None and night.parameters is not None:
        on = f"{night.patients} patients on {night.until_on:%-d %b %Y}"
        made = Fit(
            parameters=night.parameters,
            log_likelihood=None,
            patients=night.patients,
            scores=night.scores,
            how=f"fitted on {on}: {night.scores} scores of this program, {night.how}",
        )
        return Drawn(fit=made, named=f"parameters fitted on {on}")
    return Drawn(fit=replace(assume(series, known), how=_why_assumed(night)), named=ASSUMED)


def _why_assumed(night: Night | None) -> str:
    if night is None:
        return NOT_YET
    if night.twice >= ENOUGH_PATIENTS:
        return f"assumed: on {night.until_on:%-d %b %Y} all scores of this program were alike, and nothing could be fitted"
    return (
        f"assumed: fewer than {ENOUGH_PATIENTS} patients of this program have two scores "
        f"({night.twice} on {night.until_on:%-d %b %Y})"
    )
