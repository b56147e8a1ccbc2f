"""Rows of make-ups: one in each of their tables, and those that their rules refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rejoin.makeups.models import (
    Booking,
    Choice,
    Debt,
    ExtraProposal,
    ExtraSession,
    FreeTime,
    KeptApart,
    LedgerEntry,
    LedgerWords,
    MoreAllowed,
    Offer,
    OfferTurn,
    Opening,
    PlanRun,
    Proposal,
    SeatPrice,
    Waiting,
)
from rejoin.people.models import Patient
from rejoin.programs.models import Seat
from tests.apps.scene import START, Scene

SAID: Any = {"at": START, "by": "staff:1"}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class MakeupRows:
    """Makes them in a scene, for one seat. What a row is not told, it takes from here."""

    def __init__(self, scene: Scene, seat: Seat) -> None:
        self.scene, self.seat = scene, seat

    def another_seat(self) -> Seat:
        return Seat.objects.create(
            session=self.seat.session, patient=Patient.objects.create(external_id="X", timezone="UTC")
        )

    def debt(self) -> Debt:
        return Debt.objects.get_or_create(seat=self.seat, defaults={"patient": self.seat.patient})[0]

    def opening(self, **columns: Any) -> Opening:
        given = {"starts_at": START + DAY, "ends_at": START + DAY + HOUR, "minutes": 50, **columns}
        return Opening.objects.create(program=self.scene.program, staff=self.scene.ben, **given)

    def extra(self) -> ExtraSession:
        return ExtraSession.objects.create(session=self.seat.session, **SAID)

    def kept_apart(self, **columns: Any) -> KeptApart:
        other = columns.pop("other_one", None) or self.another_seat().patient
        pair = sorted((self.seat.patient, other), key=lambda each: each.pk)
        given = {"patient": pair[0], "other": pair[1], "apart": True, **columns}
        return KeptApart.objects.create(program=self.scene.program, **given, **SAID)

    def choice(self, **columns: Any) -> Choice:
        given = {"expires_at": START + HOUR, **SAID, **columns}
        return Choice.objects.create(
            seat=self.seat, patient=self.seat.patient, program=self.scene.program, **given
        )

    def offer(self, choice: Choice | None = None, **columns: Any) -> Offer:
        given = {
            "session": self.seat.session,
            "starts_at": START + DAY,
            "ends_at": START + DAY + HOUR,
            "kind": "cohort",
            "rank": 0,
            "part_of_day": "evening",
            "worth": 100,
            "held": True,
            "expires_at": START + HOUR,
            **SAID,
            **columns,
        }
        return Offer.objects.create(
            choice=choice or self.choice(), seat=self.seat, patient=self.seat.patient, **given
        )

    def turn(self, offer: Offer | None = None, **columns: Any) -> OfferTurn:
        given = {"turn": "offered", **SAID, **columns}
        return OfferTurn.objects.create(offer=offer or self.offer(), patient=self.seat.patient, **given)

    def booking(self, **columns: Any) -> Booking:
        given = {"kind": "cohort", "missed": self.seat, "seat": self.seat, **SAID, **columns}
        offer = given.pop("offer", None) or self.offer()
        return Booking.objects.create(offer=offer, patient=self.seat.patient, **given)

    def waiting(self, **columns: Any) -> Waiting:
        given = {"turn": "waiting", **SAID, **columns}
        return Waiting.objects.create(
            session=self.seat.session, seat=self.seat, patient=self.seat.patient, **given
        )

    def entry(self, **columns: Any) -> LedgerEntry:
        given = {"account": "content", "what": "owed", "amount": 1, **SAID, **columns}
        return LedgerEntry.objects.create(seat=self.seat, patient=self.seat.patient, **given)

    def said(self, **columns: Any) -> LedgerWords:
        entry = columns.pop("entry", None) or self.entry()
        return LedgerWords.objects.create(entry=entry, patient=self.seat.patient, words="Our fault", **SAID)

    def more_allowed(self, **columns: Any) -> MoreAllowed:
        given = {"reason": "clinical", "words": "She asked for it", **SAID, **columns}
        return MoreAllowed.objects.create(seat=self.seat, patient=self.seat.patient, **given)

    def free_time(self, **columns: Any) -> FreeTime:
        given = {"from_on": START.date(), "windows": [[0, 1080, 1260]], **SAID, **columns}
        return FreeTime.objects.create(patient=self.seat.patient, **given)

    def run(self) -> PlanRun:
        counts = dict.fromkeys(("missed", "slots", "placed", "objective", "bound", "gap", "seconds"), 0)
        return PlanRun.objects.create(
            program=self.scene.program, policy_version=1, method="none", **counts, **SAID
        )

    def price(self, **columns: Any) -> SeatPrice:
        given = {"session": self.seat.session, "starts_at": START, "price": 1.0, **SAID, **columns}
        return SeatPrice.objects.create(run=self.run(), program=self.scene.program, **given)

    def proposal(self, **columns: Any) -> Proposal:
        given = {"session": self.seat.session, "starts_at": START, "worth": 1, **SAID, **columns}
        return Proposal.objects.create(
            **{"run": self.run(), "seat": self.seat, "patient": self.seat.patient, **given}
        )

    def extra_proposal(self, **columns: Any) -> ExtraProposal:
        given = {"owed": 3, "until_at": START + DAY, "session": self.seat.session, **SAID, **columns}
        return ExtraProposal.objects.create(program=self.scene.program, **given)

    def all(self) -> None:
        """One in each table, but of two who are kept apart: for that there have to be two."""
        for table, make in ROWS.items():
            if table != "makeups_keptapart":
                make(self)


ROWS: dict[str, Callable[[MakeupRows], object]] = {
    "makeups_booking": MakeupRows.booking,
    "makeups_choice": MakeupRows.choice,
    "makeups_debt": MakeupRows.debt,
    "makeups_extraproposal": MakeupRows.extra_proposal,
    "makeups_extrasession": MakeupRows.extra,
    "makeups_freetime": MakeupRows.free_time,
    "makeups_keptapart": MakeupRows.kept_apart,
    "makeups_ledgerentry": MakeupRows.entry,
    "makeups_ledgerwords": MakeupRows.said,
    "makeups_moreallowed": MakeupRows.more_allowed,
    "makeups_offer": MakeupRows.offer,
    "makeups_offerturn": MakeupRows.turn,
    "makeups_opening": MakeupRows.opening,
    "makeups_planrun": MakeupRows.run,
    "makeups_proposal": MakeupRows.proposal,
    "makeups_seatprice": MakeupRows.price,
    "makeups_waiting": MakeupRows.waiting,
}
"""A row in every table; each keeps some of its columns for ever."""


def _twice(make: Callable[..., object], **columns: Any) -> object:
    make(**columns)
    return make(**columns)


def _answered_twice(rows: MakeupRows) -> object:
    offer = rows.offer()
    rows.turn(offer, turn="accepted")
    return rows.turn(offer, turn="declined")


def _of_one_run(rows: MakeupRows) -> object:
    run = rows.run()
    return _twice(rows.proposal, run=run)


def _of_one_choice(rows: MakeupRows) -> object:
    return _twice(rows.offer, choice=rows.choice())


def _booked_twice(rows: MakeupRows) -> object:
    first = rows.booking()
    return rows.booking(offer=first.offer, seat=rows.another_seat())


def _waited(rows: MakeupRows) -> object:
    return _twice(rows.waiting, offer=rows.offer())


def _planned(column: str) -> Callable[[MakeupRows], object]:
    def make(rows: MakeupRows) -> object:
        run = rows.run()
        run.pk = None
        setattr(run, column, -1)
        run.save(force_insert=True)
        return run

    return make


def _said_twice(rows: MakeupRows) -> object:
    return _twice(rows.said, entry=rows.entry())


def _bad_debt(rows: MakeupRows) -> object:
    return Debt.objects.create(seat=rows.seat, patient=rows.seat.patient, failures=-1)


def _second_debt(rows: MakeupRows) -> object:
    first = rows.debt()
    other = Seat.objects.exclude(pk=rows.seat.pk).first() or rows.another_seat()
    return Debt.objects.create(seat=other, patient=other.patient, ref=first.ref)


WRONG: dict[str, Callable[[MakeupRows], object]] = {
    "a_choice_expires_after_it_is_given": lambda r: r.choice(expires_at=START),
    "a_ledger_entry_changes_something": lambda r: r.entry(amount=0),
    "a_make_up_is_what_repays": lambda r: r.entry(source=r.seat),
    "a_one_to_one_lasts_a_quarter_to_two_hours": lambda r: r.opening(minutes=10),
    "a_price_is_above_nought": lambda r: r.price(price=0.0),
    "a_price_is_of_a_session_or_an_opening": lambda r: r.price(session=None),
    "a_proposal_is_of_a_session_or_an_opening": lambda r: r.proposal(opening=r.opening()),
    "an_offer_ends_after_it_starts": lambda r: r.offer(ends_at=START + DAY),
    "an_offer_expires_after_it_is_made": lambda r: r.offer(expires_at=START),
    "an_offer_is_answered_once": _answered_twice,
    "an_offer_is_of_a_session_or_an_opening": lambda r: r.offer(session=None),
    "an_offer_takes_a_turn_once": lambda r: _twice(r.turn, offer=r.offer()),
    "an_opening_ends_after_it_starts": lambda r: r.opening(ends_at=START),
    "booking_kind_is_known": lambda r: r.booking(kind="nap"),
    "extra_turn_is_known": lambda r: r.extra_proposal(turn="held"),
    "ledger_account_is_known": lambda r: r.entry(account="praise"),
    "ledger_entry_is_of_a_known_kind": lambda r: r.entry(what="guessed"),
    "makeups_booking_offer_id_key": _booked_twice,
    "makeups_booking_seat_id_key": lambda r: _twice(r.booking),
    "makeups_choice_ref_key": lambda r: r.choice(ref=r.choice().ref),
    "makeups_debt_failures_check": _bad_debt,
    "makeups_debt_ref_key": _second_debt,
    "makeups_extraproposal_owed_check": lambda r: r.extra_proposal(owed=-1),
    "makeups_extrasession_session_id_key": lambda r: _twice(r.extra),
    "makeups_ledgerwords_entry_id_key": _said_twice,
    "makeups_offer_rank_check": lambda r: r.offer(rank=-1),
    "makeups_offer_ref_key": lambda r: r.offer(ref=r.offer().ref),
    "makeups_opening_minutes_check": lambda r: r.opening(minutes=-1),
    "makeups_opening_ref_key": lambda r: r.opening(ref=r.opening().ref),
    **{
        f"makeups_planrun_{column}_check": _planned(column)
        for column in ("missed", "placed", "policy_version", "slots")
    },
    "makeups_waiting_offer_id_key": _waited,
    "more_is_allowed_for_a_known_reason": lambda r: r.more_allowed(reason="whim"),
    "more_is_allowed_with_words": lambda r: r.more_allowed(words=""),
    "offer_kind_is_known": lambda r: r.offer(kind="nap"),
    "offer_turn_is_known": lambda r: r.turn(turn="lost"),
    "one_offer_a_rank": _of_one_choice,
    "one_proposal_a_miss": _of_one_run,
    "part_of_day_is_known": lambda r: r.free_time(prefers="dusk"),
    "opening_closed_by_somebody": lambda r: r.opening(closed_at=START),
    "two_are_kept_apart": lambda r: r.kept_apart(patient=r.seat.patient, other=r.seat.patient),
    "wait_turn_is_known": lambda r: r.waiting(turn="tired"),
}
STRICTER = {"makeups_opening_minutes_check": "a_one_to_one_lasts_a_quarter_to_two_hours"}
