"""Series of a folder, and which of its sessions stand for their occurrences."""

from collections.abc import Mapping
from datetime import timedelta

from rejoin.common.bulk import as_json, given
from rejoin.common.rows import execute
from rejoin.domain.kernel import Refusal
from rejoin.operations.importing.reading import Brought, SeriesRow
from rejoin.operations.importing.tally import Tally
from rejoin.people.models import Patient, Staff
from rejoin.programs.actions.series import NewSeries, SeriesColumns, add_series, change_series
from rejoin.programs.ahead import first_of, meetings_of
from rejoin.programs.models import Group, Series

LINK = f"""
UPDATE programs_session AS session SET series_id = said.series, series_at = said.at
  FROM {given({"external_id": "text", "series": "bigint", "at": "timestamptz"}, name="said")}
 WHERE session.program_id = %s AND session.external_id = said.external_id AND session.series_id IS NULL
"""  # noqa: S608 - our own columns


def bring_series(
    brought: Brought,
    keys: Mapping[str, int],
    groups: Mapping[str, Group],
    staff: Mapping[str, int],
    tally: Tally,
) -> None:
    """Series of series.csv, added or changed. Their sessions are made by the engine, some weeks ahead."""
    known = {each.external_id: each for each in Series.objects.filter(program=tally.program)}
    for external_id, row in brought.series.items():
        try:
            if external_id not in known:
                known[external_id] = _add(row, keys, groups, staff, tally)
            elif known[external_id].ended_at is None:
                _check_owner(known[external_id], row, keys, groups, tally)
                _change(known[external_id], row, staff, tally)
        except Refusal as refusal:
            tally.complain("series.csv", row.line, "series_id", refusal.message)
    if not tally.problems:
        _link(brought, {each: known[each] for each in brought.series}, tally)


def _add(
    row: SeriesRow,
    keys: Mapping[str, int],
    groups: Mapping[str, Group],
    staff: Mapping[str, int],
    tally: Tally,
) -> Series:
    series = NewSeries(
        external_id=row.external_id,
        first=row.first,
        rule=row.rule,
        minutes=row.minutes,
        group=groups[row.group] if row.group else None,
        patient=Patient.objects.get(pk=keys[row.patient_id]) if row.patient_id else None,
        timezone=row.timezone,
        kind=row.kind,
        service=row.service,
        mode=row.mode,
        breaks=row.breaks,
        skipped=row.skipped,
        facilitator=_person(row.facilitator, staff),
        cofacilitator=_person(row.cofacilitator, staff),
        room=row.room,
    )
    tally.count("programs.add_series", 1)
    return add_series(program=tally.program, series=series, by=tally.by, at=tally.at)


def _check_owner(
    series: Series, row: SeriesRow, keys: Mapping[str, int], groups: Mapping[str, Group], tally: Tally
) -> None:
    """Whose a series is does not change: it ends, and another begins."""
    group = groups[row.group].pk if row.group else None
    message = "is another than before: end the series, and add one of another identifier"
    if series.group_id != group:
        tally.complain("series.csv", row.line, "group", message)
    if series.patient_id != (keys[row.patient_id] if row.patient_id else None):
        tally.complain("series.csv", row.line, "patient_id", message)
    if (series.kind, series.timezone) != (row.kind, row.timezone):
        tally.complain("series.csv", row.line, "kind", message)


def _change(series: Series, row: SeriesRow, staff: Mapping[str, int], tally: Tally) -> None:
    wanted = SeriesColumns(
        first=row.first,
        rule=row.rule,
        minutes=row.minutes,
        breaks=row.breaks,
        skipped=sorted(row.skipped),
        service=row.service,
        mode=row.mode,
        facilitator=_person(row.facilitator, staff),
        cofacilitator=_person(row.cofacilitator, staff),
        room=row.room,
    )
    kept = SeriesColumns(
        first=first_of(series),
        rule=series.rule,
        minutes=series.minutes,
        breaks=tuple((start, end) for start, end in series.breaks),
        skipped=sorted(series.skipped),
        service=series.service,
        mode=series.mode,
        facilitator=series.facilitator,
        cofacilitator=series.cofacilitator,
        room=series.room,
    )
    if wanted != kept:
        change_series(series=series, by=tally.by, at=tally.at, **wanted)
        tally.count("programs.change_series", 1)


def _person(name: str, staff: Mapping[str, int]) -> Staff | None:
    return Staff.objects.get(pk=staff[name.casefold()]) if name else None


def _link(brought: Brought, series: Mapping[str, Series], tally: Tally) -> None:
    """A session under the identifier of an occurrence stands for it: it is not made a second time."""
    starts = [each.session.starts_at for each in brought.folder.sessions.values()]
    if not starts or not series:
        return
    around = timedelta(days=370)
    since, until = min(starts) - around, max(starts) + around
    pairs = [
        (external_id, each.pk, at)
        for each in series.values()
        for external_id, at in meetings_of(each, since=since, until=until)
        if external_id in brought.folder.sessions
    ]
    execute(LINK, [as_json(("external_id", "series", "at"), pairs), tally.program.pk])
