"""Pairs that stand from before: whether all of them can. Whether each is still eligible is not asked: she has that seat."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from rejoin.domain.makeup.problem import DAY, WEEK, Instance, Ints, Kind, State
from rejoin.planning.tables import Sheet

Row = tuple[int, int, int]
"""The row in the table, the missed session, the slot."""


def check_taken(sheet: Sheet, instance: Instance, missed: Ints, slot: Ints, state: Ints) -> None:
    """Notes every contradiction among accepted, held and declined pairs, at the row that brings it about."""
    rows = [(row, int(missed[row]), int(slot[row])) for row in range(sheet.count)]
    declined = {(m, s) for row, m, s in rows if state[row] == State.DECLINED}
    standing = [each for each in rows if state[each[0]] != State.DECLINED]
    checking = _Checking(sheet, instance, standing)
    checking.once(declined)
    checking.seats()
    checking.blocks()
    checking.patients()
    checking.conflicts()


class _Checking:
    def __init__(self, sheet: Sheet, instance: Instance, rows: list[Row]) -> None:
        self.sheet = sheet
        self.instance = instance
        self.rows = rows

    def once(self, declined: set[tuple[int, int]]) -> None:
        first: dict[int, int] = {}
        for row, m, s in self.rows:
            if (m, s) in declined:
                self.sheet.complain(
                    row, "state", "says that the pair stands, and another row that it was declined"
                )
            if first.setdefault(m, row) != row:
                line = self.sheet.lines[first[m]]
                self.sheet.complain(row, "missed_id", f"has a slot already, in line {line}")

    def seats(self) -> None:
        seats, used = self.instance.slots.seats, Counter[int]()
        for row, _, s in self.rows:
            used[s] += 1
            if used[s] > seats[s]:
                self.sheet.complain(row, "slot_id", f"has {seats[s]} seats, and more are taken")

    def blocks(self) -> None:
        slots = self.instance.slots
        by_block: dict[int, list[Row]] = defaultdict(list)
        for each in {each[2]: each for each in self.rows}.values():
            if slots.kind[each[2]] == Kind.INDIVIDUAL and slots.block[each[2]] >= 0:
                by_block[int(slots.block[each[2]])].append(each)
        for rows in by_block.values():
            for row in self._overlapping(rows):
                self.sheet.complain(row, "slot_id", "overlaps another slot of its block that is taken")

    def patients(self) -> None:
        by_patient: dict[int, list[Row]] = defaultdict(list)
        for each in self.rows:
            by_patient[int(self.instance.missed.patient[each[1]])].append(each)
        for patient, rows in by_patient.items():
            for row in self._overlapping(rows):
                self.sheet.complain(row, "slot_id", "overlaps another make-up of this patient")
            self._caps(patient, rows)

    def _caps(self, patient: int, rows: Iterable[Row]) -> None:
        """Days and weeks are hers: of her own clock, and a week begins when her payer's does."""
        offset = int(self.instance.patients.offset[patient])
        early = DAY if self.instance.sunday[self.instance.patients.payer[patient]] else 0
        days, weeks = Counter[int](), Counter[int]()
        for row, _, s in rows:
            at = int(self.instance.slots.start[s]) + offset
            days[at // DAY] += 1
            weeks[(at + early) // WEEK] += 1
            for name, held, most in (
                ("day", days[at // DAY], self.instance.max_per_day),
                ("week", weeks[(at + early) // WEEK], self.instance.max_per_week),
            ):
                if held > most:
                    told = f"is one more than {most} make-ups of this patient in a {name}"
                    self.sheet.complain(row, "slot_id", told)

    def _overlapping(self, rows: Iterable[Row]) -> list[int]:
        """Rows whose slot begins before another one's, earlier begun, has ended."""
        slots = self.instance.slots
        latest, found = None, []
        for row, _, s in sorted(rows, key=lambda each: (slots.start[each[2]], each[0])):
            if latest is not None and slots.start[s] < latest:
                found.append(row)
            latest = max(latest, slots.end[s]) if latest is not None else slots.end[s]
        return found

    def conflicts(self) -> None:
        groups: dict[int, dict[int, int]] = defaultdict(dict)
        for row, m, s in self.rows:
            if self.instance.slots.kind[s] != Kind.INDIVIDUAL:
                groups[int(self.instance.missed.patient[m])][s] = row
        for a, b in self.instance.conflicts.tolist():
            for s in groups.get(a, {}).keys() & groups.get(b, {}).keys() if a < b else ():
                row = max(groups[a][s], groups[b][s])
                self.sheet.complain(row, "slot_id", "brings two patients in conflict together")
