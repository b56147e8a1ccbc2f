"""What is owed and what was done about it. Nothing here is edited: an offer's fate, and an account's, are rows."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.domain.makeup.ledger import Account, What
from rejoin.makeups.querysets import OfferQuerySet, OpeningQuerySet
from rejoin.makeups.vocabulary import ExtraTurn, MoreReason, PartOfDay, SlotKind, Turn, WaitTurn
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Program, Seat, Session

EITHER = Q(session__isnull=False, opening__isnull=True) | Q(session__isnull=True, opening__isnull=False)
"""A session that there is, or a time in somebody's opening."""


class Opening(models.Model):
    """A clinician's time for one-to-ones: `minutes` each, from any quarter of an hour in it."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="openings")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="openings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    states = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    """Where she may practise then, by her licences; empty: none of hers is on file, and nothing is decided from it."""
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = actor_column()

    objects = OpeningQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(minutes__gte=15, minutes__lte=120),
                name="a_one_to_one_lasts_a_quarter_to_two_hours",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="an_opening_ends_after_it_starts"
            ),
            paired("closed_by", "closed_at", name="opening_closed_by_somebody"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["program", "starts_at"], condition=Q(closed_at=None), name="opening_by_time")
        ]


class FreeTime(Fact):
    """When she says that she can come, week by week on her own clock. Of those that have begun the latest word holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="free_times")
    from_on = models.DateField()
    """Her day from which it holds."""
    windows = models.JSONField(default=list)
    """[weekday, from, until]: Monday is 0, minutes of her wall clock from midnight, 1440 at most. None: whenever she is
    awake."""
    prefers = models.CharField(max_length=12, blank=True, default="")
    """The part of the day that suits her best; "": all alike."""

    class Meta:
        constraints: ClassVar = [
            one_of("prefers", PartOfDay, name="part_of_day_is_known", blank=True),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-id"], name="free_time_latest")]


class ExtraSession(Fact):
    """This session is held so that people can make up for one they missed."""

    session = models.OneToOneField(Session, on_delete=models.PROTECT, related_name="extra")


class KeptApart(Fact):
    """Two patients who are not to sit in one group, or are after all. The staff's alone; the latest word holds."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    apart = models.BooleanField()
    words = models.TextField(blank=True, default="")
    """Why, in the words of whoever says it."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(patient__lt=F("other")), name="two_are_kept_apart")
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "other", "-id"], name="kept_apart_latest")]


class Choice(Fact):
    """What she was given to choose from at one time, for one session she missed."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="choices")
    """The missed one."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="choices")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("at")), name="a_choice_expires_after_it_is_given"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["seat", "-id"], name="choice_by_seat"),
            models.Index(fields=["patient", "-id"], name="choice_by_patient"),
        ]


class Offer(Fact):
    """One way back, as it was shown to her. What she may know of it stands here: the session itself is not hers yet."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    choice = models.ForeignKey(Choice, on_delete=models.PROTECT, related_name="offers")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="offers")
    """The missed one."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="offers")
    session = models.ForeignKey(
        Session, null=True, blank=True, on_delete=models.PROTECT, related_name="offers"
    )
    opening = models.ForeignKey(
        Opening, null=True, blank=True, on_delete=models.PROTECT, related_name="offers"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    service = models.CharField(max_length=60, blank=True, default="")
    module = models.CharField(max_length=120, blank=True, default="")
    rank = models.PositiveSmallIntegerField()
    """0 is shown first."""
    part_of_day = models.CharField(max_length=12)
    """Where she is: morning, afternoon, evening."""
    worth = models.IntegerField()
    """In the plan's points; `price` is what the seat costs others, in the same."""
    price = models.FloatField(default=0)
    repairs = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    """Accounts, as the policy of the missed day lists them for this way."""
    because = models.JSONField(default=dict)
    """What `worth` is made of, by name."""
    held = models.BooleanField()
    """A seat is kept for her until it expires."""
    expires_at = models.DateTimeField()

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            one_of("kind", SlotKind, name="offer_kind_is_known"),
            models.CheckConstraint(condition=EITHER, name="an_offer_is_of_a_session_or_an_opening"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="an_offer_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("at")), name="an_offer_expires_after_it_is_made"
            ),
            models.UniqueConstraint(fields=["choice", "rank"], name="one_offer_a_rank"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["session", "expires_at"], condition=Q(held=True), name="offer_held_session"),
            models.Index(fields=["opening", "expires_at"], condition=Q(held=True), name="offer_held_opening"),
            models.Index(fields=["seat"], name="offer_by_seat"),
            models.Index(fields=["expires_at"], name="offer_by_expiry"),
            models.Index(fields=["starts_at"], name="offer_by_start"),
        ]


class OfferTurn(Fact):
    """What became of an offer, turn by turn: the latest holds."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="turns")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    turn = models.CharField(max_length=12)
    reason = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            one_of("turn", Turn, name="offer_turn_is_known"),
            models.UniqueConstraint(
                fields=["offer"],
                condition=Q(turn__in=["accepted", "declined", "expired"]),
                name="an_offer_is_answered_once",
            ),
            models.UniqueConstraint(fields=["offer", "turn"], name="an_offer_takes_a_turn_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["at"], condition=Q(reason="none_of_these"), name="offer_turn_asks_for_a_person"
            )
        ]


class Booking(Fact):
    """An offer was accepted: the seat that stands for the missed one. It stands as long as that seat does."""

    offer = models.OneToOneField(Offer, on_delete=models.PROTECT, related_name="booking")
    missed = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="bookings")
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="makes_up")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="bookings")
    kind = models.CharField(max_length=12)

    class Meta:
        constraints: ClassVar = [one_of("kind", SlotKind, name="booking_kind_is_known")]
        indexes: ClassVar = [models.Index(fields=["missed"], name="booking_by_missed")]


class Waiting(Fact):
    """She waits for a seat in a session that is full, or waits no more: the latest turn holds."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="waiting")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="waits")
    """The missed one."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waits")
    turn = models.CharField(max_length=12)
    offer = models.OneToOneField(
        Offer, null=True, blank=True, on_delete=models.PROTECT, related_name="waited"
    )
    """The one that came of it."""

    class Meta:
        constraints: ClassVar = [one_of("turn", WaitTurn, name="wait_turn_is_known")]
        indexes: ClassVar = [models.Index(fields=["session", "seat", "-id"], name="waiting_latest")]


class LedgerEntry(Fact):
    """One entry in one account of a missed session; what is open is their sum."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="ledger")
    """The missed one."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="ledger")
    account = models.CharField(max_length=8)
    what = models.CharField(max_length=12)
    amount = models.IntegerField()
    """Owed is positive. Sessions, whole minutes in hours, days in billing."""
    source = models.ForeignKey(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The make-up's seat, of what it repaid."""
    reason = models.CharField(max_length=24, blank=True, default="")

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints: ClassVar = [
            one_of("account", Account, name="ledger_account_is_known"),
            one_of("what", What, name="ledger_entry_is_of_a_known_kind"),
            models.CheckConstraint(condition=~Q(amount=0), name="a_ledger_entry_changes_something"),
            models.CheckConstraint(
                condition=Q(what="made_up") | Q(source__isnull=True), name="a_make_up_is_what_repays"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["seat", "account"], name="ledger_by_seat"),
            models.Index(fields=["patient"], name="ledger_by_patient"),
        ]


class LedgerWords(Fact):
    """Why somebody wrote an entry, in her own words. The staff's alone: the entry itself is the patient's to see."""

    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="said")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()

    class Meta:
        verbose_name_plural = "ledger words"


class MoreAllowed(Fact):
    """A clinician lets one make-up of a missed session be more than the program's caps, or its hours, allow.

    It serves one acceptance: what is booked after it uses it up.
    """

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="more_allowed")
    """The missed one."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=24)
    words = models.TextField()

    class Meta:
        verbose_name_plural = "more allowed"
        constraints: ClassVar = [
            one_of("reason", MoreReason, name="more_is_allowed_for_a_known_reason"),
            models.CheckConstraint(condition=~Q(words=""), name="more_is_allowed_with_words"),
        ]
        indexes: ClassVar = [models.Index(fields=["seat", "-id"], name="more_allowed_latest")]


class Debt(models.Model):
    """A missed session of which something is or was owed: what addresses name it by, and when to look at it next.

    The database makes one when an outcome is told that owes something, and asks for another look when it changes.
    """

    seat = models.OneToOneField(Seat, primary_key=True, on_delete=models.PROTECT, related_name="debt")
    """The missed one."""
    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="debts")
    next_look_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=200, blank=True, default="", db_default="")
    untold = models.BooleanField(default=True, db_default=True)
    """A work marker: nobody has led her to her ways back yet, or found that she cannot be (`followup.ways_back`)."""
    left_open = models.BooleanField(default=False, db_default=False)
    """Something is open that she could make up. The database keeps it, as entries of the ledger come in."""

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="debt_to_look_at"
            ),
            models.Index(fields=["seat"], condition=Q(untold=True), name="debt_untold"),
            models.Index(fields=["seat"], condition=Q(left_open=True), name="debt_left_open"),
        ]


class PlanRun(Fact):
    """One re-optimisation of a program's make-ups: what it reached, and what nobody can exceed."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="plan_runs")
    policy_version = models.PositiveIntegerField()
    method = models.CharField(max_length=40)
    missed = models.PositiveIntegerField()
    slots = models.PositiveIntegerField()
    placed = models.PositiveIntegerField()
    objective = models.IntegerField()
    bound = models.FloatField()
    gap = models.FloatField()
    """(bound - objective) / bound; 0 where both are."""
    seconds = models.FloatField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["program", "-id"], name="plan_run_latest")]


class SeatPrice(Fact):
    """What a seat costs others, by the latest plan: in points."""

    run = models.ForeignKey(PlanRun, on_delete=models.PROTECT, related_name="prices")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opening = models.ForeignKey(Opening, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    price = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=EITHER, name="a_price_is_of_a_session_or_an_opening"),
            models.CheckConstraint(condition=Q(price__gt=0), name="a_price_is_above_nought"),
        ]


class Proposal(Fact):
    """What a plan would offer to a patient. Nothing is offered by it: somebody publishes it, or she asks herself."""

    run = models.ForeignKey(PlanRun, on_delete=models.PROTECT, related_name="proposals")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="proposals")
    """The missed one."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opening = models.ForeignKey(Opening, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    worth = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=EITHER, name="a_proposal_is_of_a_session_or_an_opening"),
            models.UniqueConstraint(fields=["run", "seat"], name="one_proposal_a_miss"),
        ]


class ExtraProposal(Fact):
    """Many are owed the same, and no seat is left: somebody may hold an extra session. The latest turn holds."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="extra_proposals")
    service = models.CharField(max_length=60, blank=True, default="")
    module = models.CharField(max_length=120, blank=True, default="")
    owed = models.PositiveIntegerField()
    """How many patients have nowhere to go with it."""
    until_at = models.DateTimeField()
    """When the first of them can no longer make it up."""
    turn = models.CharField(max_length=12, default=ExtraTurn.PROPOSED.value)
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The one that was scheduled."""

    class Meta:
        constraints: ClassVar = [one_of("turn", ExtraTurn, name="extra_turn_is_known")]
        indexes: ClassVar = [
            models.Index(fields=["program", "service", "module", "-id"], name="extra_proposal_latest")
        ]
