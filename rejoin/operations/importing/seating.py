"""Who sits in the sessions of a folder: its groups as their places stand, whoever it names, whoever came."""

from collections.abc import Iterable, Mapping

from rejoin.audit.trail import record_all
from rejoin.common.rows import select
from rejoin.domain.attendance import Status
from rejoin.operations.importing.reading import Brought
from rejoin.operations.importing.tally import Tally
from rejoin.programs.seating import (
    Pair,
    find_clashes,
    in_program_then,
    insert_given_back,
    insert_seats,
    missing_seats,
    release_seats,
    release_uncovered,
)
from rejoin.programs.vocabulary import RETURNABLE, Release
from rejoin.sidecar.world import expect_patients

CAME = frozenset({Status.ATTENDED, Status.PARTIAL})
SEATS = """
SELECT id, session_id, patient_id, released_at IS NULL, release_reason, booked FROM programs_seat
 WHERE session_id = ANY(%s) ORDER BY id
"""
FULL = """
SELECT session.id, session.seats_max, session.seats_taken + more.seats
  FROM unnest(%s::bigint[], %s::int[]) AS more(session, seats)
  JOIN programs_session AS session ON session.id = more.session
 WHERE session.seats_taken + more.seats > session.seats_max
"""
BOOKED_BY_PEOPLE = """
SELECT subject FROM audit_event
 WHERE subject = ANY(%s) AND verb = 'programs.book_seat' AND reason <> 'import'
"""


class Seating:
    """The seats of a folder's sessions, as they are and as they should be."""

    def __init__(
        self, brought: Brought, keys: Mapping[str, int], sessions: Mapping[str, int], tally: Tally
    ) -> None:
        self.brought = brought
        self.keys = keys
        self.sessions = sessions
        self.tally = tally
        self.names = {pk: name for name, pk in sessions.items()}
        self.people = {pk: name for name, pk in keys.items()}
        self.live: dict[Pair, int] = {}
        self.known: set[Pair] = set()
        self.taken_back: set[Pair] = set()
        """Whose seats a person released."""
        returnable = {each.value for each in RETURNABLE}
        for pk, session, patient, is_live, reason, _ in select(SEATS, [list(sessions.values())]):
            pair = Pair(session, patient)
            self.known.add(pair)
            if is_live:
                self.live[pair] = pk
            elif reason not in returnable:
                self.taken_back.add(pair)

    def settle(self) -> None:
        """Release, then seat: a patient who moves from one session to another is free in between."""
        self._release()
        by_group = self._grouped() - self._kept_out()
        by_name = (self._named() | self._also()) - set(self.live) - self.taken_back
        came = self._came() - set(self.live) - by_group - by_name
        self._check_limits(by_group | by_name | came)
        if not self.tally.problems:
            self._keep_given_back(self._kept_out(), Release.REQUESTED)
            self._keep_given_back(self._mentioned() - self._named() - came, Release.LEFT)
            self._seat(by_group, booked=False)
            self._seat(by_name | came, booked=True)

    def _grouped(self) -> set[Pair]:
        """Whoever the folder expects by her group; of others in it here, only for what has not begun."""
        missing = set(missing_seats(list(self.sessions.values())))
        expected = expect_patients(self.brought.folder, now=self.tally.at)
        told = {
            Pair(self.sessions[name], self.keys[each]) for name, all_ in expected.items() for each in all_
        }
        coming = {
            self.sessions[name]
            for name, each in self.brought.folder.sessions.items()
            if each.session.starts_at >= self.tally.at
        }
        return {pair for pair in missing if pair in told or pair.session_id in coming}

    def _mentioned(self) -> set[Pair]:
        """Whoever a session names."""
        named = ((name, each.patient_ids) for name, each in self.brought.folder.sessions.items())
        return set(self._pairs(named))

    def _named(self) -> set[Pair]:
        """Whoever a session names, if she is in the program on its day."""
        return set(in_program_then(sorted(self._mentioned()))) - self._kept_out()

    def _also(self) -> set[Pair]:
        return set(self._pairs((name, note.also) for name, note in self.brought.sessions.items()))

    def _kept_out(self) -> set[Pair]:
        return set(self._pairs((name, note.but) for name, note in self.brought.sessions.items()))

    def _came(self) -> set[Pair]:
        """Somebody marked as having come has a seat, though nobody expected her: a make-up is one."""
        return {
            Pair(self.sessions[session], self.keys[patient])
            for (session, patient), marks in self.brought.folder.marks.items()
            if any(mark.status in CAME and mark.at <= self.tally.at for mark in marks)
        }

    def _pairs(self, named: Iterable[tuple[str, tuple[str, ...]]]) -> list[Pair]:
        return [Pair(self.sessions[name], self.keys[each]) for name, patients in named for each in patients]

    def _release(self) -> None:
        """Seats of whoever is not expected any more. What people booked is theirs to release."""
        ids = list(self.sessions.values())
        gone = release_uncovered(ids, by=self.tally.by, at=self.tally.at, reason="import")
        self.tally.count("programs.release_seat", gone)
        wanted = self._named() | self._also() | self._came()
        named = {
            self.sessions[name] for name, each in self.brought.folder.sessions.items() if each.patient_ids
        }
        extra = [pk for pair, pk in self.live.items() if pair.session_id in named and pair not in wanted]
        extra += [self.live[pair] for pair in self._kept_out() if pair in self.live]
        booked = {row[0] for row in select(BOOKED_BY_PEOPLE, [[f"seat:{pk}" for pk in extra]])}
        extra = [pk for pk in extra if f"seat:{pk}" not in booked]
        released = release_seats(
            extra, why=Release.CORRECTED, by=self.tally.by, at=self.tally.at, reason="import"
        )
        self.tally.count("programs.release_seat", released)
        free = {*gone, *released}
        self.live = {pair: pk for pair, pk in self.live.items() if pk not in free}

    def _check_limits(self, pairs: set[Pair]) -> None:
        more: dict[int, int] = {}
        for pair in pairs:
            more[pair.session_id] = more.get(pair.session_id, 0) + 1
        for session, limit, needed in select(FULL, [list(more), list(more.values())]):
            line = self.brought.sessions[self.names[session]].line
            message = f"takes {limit}, and {needed} are expected"
            self.tally.complain("sessions.csv", line, "maximum", message)

    def _keep_given_back(self, pairs: set[Pair], why: Release) -> None:
        """Seats of sessions new here that are known to have been given back: nobody gives them again."""
        new = {pair for pair in pairs - self.known if pair.session_id in self.tally.new_sessions}
        made = insert_given_back(new, why=why, by=self.tally.by, at=self.tally.at)
        self.known |= {Pair(session, patient) for _, session, patient in made}
        events = [
            ("programs.release_seat", f"seat:{pk}", patient, self.tally.program.pk, "import")
            for pk, _, patient in made
        ]
        record_all(events, by=self.tally.by, at=self.tally.at)
        self.tally.count("programs.release_seat", made)

    def _seat(self, pairs: set[Pair], *, booked: bool) -> None:
        made = insert_seats(pairs, booked=booked, then="ON CONFLICT DO NOTHING")
        seated = {Pair(session, patient) for _, session, patient in made}
        self.tally.count("programs.book_seat" if booked else "programs.seat", made)
        if booked:
            events = [
                ("programs.book_seat", f"seat:{pk}", patient, self.tally.program.pk, "import")
                for pk, _, patient in made
            ]
            record_all(events, by=self.tally.by, at=self.tally.at)
        for clash in find_clashes(sorted(pairs - seated)):
            line = self.brought.sessions[self.names[clash.session_id]].line
            other = self.names.get(clash.other_id, "another session")
            message = f"{self.people[clash.patient_id]} sits in {other} at that time"
            self.tally.complain("sessions.csv", line, "starts_at", message)
