"""The make-up on a case: what is owed, what was offered and became of it, where she goes instead, and what can be done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from rejoin.console.door import Asking
from rejoin.console.forms.makeups_case import (
    AllowForm,
    CancelForm,
    CaughtUpForm,
    DeclineForm,
    OfferForm,
    OnMakeUp,
    SessionForm,
    TimeForm,
    WaiveForm,
)
from rejoin.console.present.makeup_words import (
    ACCOUNTS,
    CLOSED,
    KINDS,
    MORE,
    REASONS,
    REPAIRS,
    TONES,
    TURNS,
    UNSAID,
    WAITS,
    against_this,
    amount,
    in_hours,
    listed,
    why_this,
)
from rejoin.console.present.words import STATUSES
from rejoin.continuity.boards import begun_of_seat
from rejoin.domain.attendance import Status
from rejoin.domain.makeup.ledger import Account, MadeUp, What
from rejoin.followup.models import Case
from rejoin.makeups.actions.saying import MAY_ALLOW
from rejoin.makeups.staleness import version_of
from rejoin.makeups.story import Booked, Offered, StandsFor, Story, Waited, story_of
from rejoin.makeups.vocabulary import Declined, MoreReason, SlotKind, Turn, WaitTurn
from rejoin.people.naming import names_of
from rejoin.programs.models import Seat
from rejoin.programs.rights import Right

MATERIAL: Final = {
    "begun": ("is-ring", "She has begun to catch up"),
    "waits": ("is-sky is-half", "She has caught up: it waits to be looked at"),
    "given_back": ("is-amber is-diamond", "Her catch-up was given back"),
    "signed_off": ("is-sage is-check", "Her catch-up is signed off"),
}
BY_A_PERSON: Final = (What.WAIVED, What.CAUGHT_UP)
STAYS_UNBILLED: Final = "Stays unbilled: a make-up is billed on its own day"
Sent = tuple[str, forms.Form]
MAKERS: Final[Mapping[str, Callable[..., forms.Form]]] = {
    "find": OnMakeUp,
    "accept": OfferForm,
    "decline": DeclineForm,
    "none": OnMakeUp,
    "cancel": CancelForm,
    "caught_up": CaughtUpForm,
    "waive": WaiveForm,
    "allow": AllowForm,
    "wait": SessionForm,
    "stop": SessionForm,
    "book": TimeForm,
}
"""What can be done, by the last part of its address; forms beside each other keep their ids apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShown:
    word: str
    owed: str
    good: tuple[str, ...]
    """What closed it, each with how much."""
    left: str
    """"" where nothing is."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayShown:
    """One that she can take now."""

    offer: Offered
    called: str
    length: str
    repairs: str
    why: tuple[str, ...]
    against: tuple[str, ...]
    decline: forms.Form
    declining: bool
    """That form was sent, and came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FateShown:
    """One that was offered, and what became of it."""

    offer: Offered
    called: str
    word: str
    tone: str
    why: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesOffered:
    """What was offered at one time."""

    at: datetime
    who: str
    fates: tuple[FateShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingShown:
    it: Booked
    called: str
    who: str
    came: str
    """What became of it, in words; "" while it is to come."""
    tone: str
    repaid: str
    """What of the missed session it has repaid, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingShown:
    """What somebody let go, or signed off."""

    at: datetime
    who: str
    what: str
    why: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormShown:
    name: str
    title: str
    button: str
    form: forms.Form
    came_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialShown:
    ref: UUID
    tone: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUpShown:
    """The part of the page."""

    seen: str
    state: str
    """nothing, settled, let_go, ran_out, booked, not_needed (booked, and nothing is open any more), to_choose, asked, open."""
    stands_for: StandsFor | None
    """It is a make-up's own miss: what is owed is owed there."""
    accounts: tuple[AccountShown, ...]
    until: datetime | None
    her_zone: ZoneInfo | None
    """Where her wall shows another time than the program's."""
    ways: tuple[WayShown, ...]
    open_until: datetime | None
    booking: BookingShown | None
    earlier: tuple[BookingShown, ...]
    """Bookings that stand no more, or were not come to."""
    offered: tuple[TimesOffered, ...]
    waits: tuple[tuple[Waited, str], ...]
    closings: tuple[ClosingShown, ...]
    material: MaterialShown | None
    """What she did by herself of what it covered."""
    forms: tuple[FormShown, ...]
    rest: str
    """What is left after a make-up she was at, in words; ""."""
    can_have_another: bool
    """Nothing is booked that is to come or has not been told."""
    minutes_left: int
    """Still open in the account of hours."""
    sent: Sent | None
    """The form that came back."""
    may_act: bool
    may_close: bool
    can_cancel: bool

    @property
    def is_open(self) -> bool:
        return self.state in ("to_choose", "asked", "open")

    @property
    def need_not_come(self) -> bool:
        """A time is booked that can be given back, and nothing is asked for any more."""
        return self.state == "not_needed" and self.can_cancel


def missed_seat(case: Case) -> Seat:
    """The case's seat, with the session and the program that came through the same door."""
    seat: Seat = case.seat
    seat.session = case.session
    seat.session.program = case.program
    return seat


def present_make_up(asking: Asking, case: Case, *, sent: Sent | None = None) -> MakeUpShown:
    """`sent`: the form that came back, by its name."""
    seat, at = missed_seat(case), asking.at
    story, seen = story_of(seat), version_of(seat.pk)
    names = names_of(
        {
            *(by for each in story.offers for by in (each.given_by, each.turned_by)),
            *(each.by for each in story.bookings),
            *(each.by for each in story.entries),
            *(each.by for each in story.allowed),
        }
    )
    hers, own = ZoneInfo(case.patient.timezone), ZoneInfo(case.program.timezone)
    ways = tuple(_way(each, story, seen, sent) for each in story.offers if each.is_open(at))
    booking = story.booking
    may_act, may_close = (asking.may(right, case.program_id) for right in (Right.FOLLOW_UP, Right.CARE))
    can_cancel = booking is not None and booking.starts_at > at
    return MakeUpShown(
        seen=seen,
        state=_state(story, ways),
        stands_for=story.stands_for,
        accounts=tuple(_account(each, story) for each in Account if story.total(each, What.OWED)),
        until=story.until,
        her_zone=hers if at.astimezone(hers).utcoffset() != at.astimezone(own).utcoffset() else None,
        ways=ways,
        open_until=ways[0].offer.expires_at if ways else None,
        booking=_booking(booking, story, names) if booking else None,
        earlier=tuple(_booking(each, story, names) for each in story.bookings if each is not booking),
        offered=_offered(story, names, at),
        waits=tuple((each, WAITS[each.turn]) for each in story.waits if each.turn is not WaitTurn.LEFT),
        closings=_closings(story, names),
        material=_material(seat),
        forms=_forms(seen, sent, _titles(asking, case, story, can_cancel=can_cancel)),
        rest=_rest(story),
        can_have_another=not story.is_booked,
        minutes_left=story.total(Account.HOURS),
        sent=sent,
        may_act=may_act,
        may_close=may_close,
        can_cancel=can_cancel,
    )


def make_form(name: str, sent: QueryDict | None = None, *, seen: str = "", **initial: str) -> forms.Form:
    """One of the forms about a make-up, empty or as it was sent."""
    return MAKERS[name](sent, auto_id=f"makeup_{name}_%s", initial={"seen": seen, **initial})


def _state(story: Story, ways: tuple[WayShown, ...]) -> str:
    if not story.entries:
        return "nothing"
    if story.booking and not story.booking.status:
        return "booked" if story.is_open else "not_needed"
    if not story.is_open:
        ended = {each.what for each in story.entries if each.account is not Account.BILLING}
        return "ran_out" if What.EXPIRED in ended else "let_go" if What.WAIVED in ended else "settled"
    if ways:
        return "to_choose"
    last = max(story.offers, key=lambda each: each.turned_at, default=None)
    return "asked" if last and last.reason == Declined.NONE_OF_THESE else "open"


def _account(account: Account, story: Story) -> AccountShown:
    left = story.total(account)
    unbilled = left > 0 or story.total(account, What.EXPIRED) < 0
    good = tuple(
        f"{amount(account, -closed)} {word}" if account is Account.HOURS else word
        for what, word in CLOSED.items()
        if (closed := story.total(account, what))
    )
    return AccountShown(
        word=ACCOUNTS[account],
        owed=amount(account, story.total(account, What.OWED)),
        good=good,
        left=amount(account, left) if left > 0 else "",
        note=STAYS_UNBILLED if account is Account.BILLING and unbilled and not story.bills_the_day else "",
    )


def _rest(story: Story) -> str:
    left = in_hours(max(story.total(Account.HOURS), 0))
    return {
        MadeUp.HOURS_LEFT: f"{left} of hours remain; content and attendance are made up.",
        MadeUp.IN_PART: f"She was at a make-up for a part of it: {left} of hours remain, and content or attendance with them.",
    }.get(story.made_up, "")


def _way(offer: Offered, story: Story, seen: str, sent: Sent | None) -> WayShown:
    came_back = sent is not None and sent[0] == "decline" and sent[1].data.get("offer") == str(offer.ref)
    decline = sent[1] if sent and came_back else make_form("decline", seen=seen, offer=str(offer.ref))
    decline.auto_id = f"decline_{offer.id}_%s"
    minutes = in_minutes(offer.starts_at, offer.ends_at)
    return WayShown(
        offer=offer,
        called=called(offer.kind, offer.group, offer.leaders),
        length=in_hours(minutes),
        repairs=repairs(offer.repairs, minutes=min(minutes, story.total(Account.HOURS))),
        why=why_this(offer.because),
        against=against_this(offer.because),
        decline=decline,
        declining=came_back,
    )


def repairs(accounts: Sequence[str], *, minutes: int) -> str:
    """What a way of `minutes` repays, in words, in the order of the accounts: "content, one session and 3 h"."""
    hours = Account.HOURS.value
    return listed(
        in_hours(minutes) if account == hours else word
        for account, word in REPAIRS.items()
        if account in accounts and (account != hours or minutes > 0)
    )


def in_minutes(starts_at: datetime, ends_at: datetime) -> int:
    return (ends_at - starts_at) // timedelta(minutes=1)


def called(kind: SlotKind, group: str, who: Sequence[str] = ()) -> str:
    """A way back by its group, or by what it is and with whom."""
    if kind is SlotKind.INDIVIDUAL:
        return f"One-to-one with {who[0]}" if who else "One-to-one"
    name = group or "A session"
    return f"{name} ({KINDS[kind]})" if kind is SlotKind.EXTRA else name


def _fate(offer: Offered, names: Mapping[str, str], at: datetime) -> FateShown:
    turn = Turn.EXPIRED if offer.turn is Turn.OFFERED and not offer.is_open(at) else offer.turn
    return FateShown(
        offer=offer,
        called=called(offer.kind, offer.group, offer.leaders),
        word=UNSAID.get(offer.reason, TURNS[turn]),
        tone=TONES[turn],
        why=REASONS.get(offer.reason, "") if offer.reason != Declined.UNSAID else "",
        who="" if turn is Turn.EXPIRED or offer.reason in UNSAID else names.get(offer.turned_by, ""),
    )


def _offered(story: Story, names: Mapping[str, str], at: datetime) -> tuple[TimesOffered, ...]:
    """All that was offered and is open no more, by when it was; and what she was shown with it."""
    found = []
    for _, group in groupby(story.offers, key=lambda each: each.choice_id):
        offers = list(group)
        if any(each.is_open(at) for each in offers) and all(each.turn is Turn.OFFERED for each in offers):
            continue
        fates = tuple(_fate(each, names, at) for each in offers if not each.is_open(at))
        found.append(TimesOffered(at=offers[0].given_at, who=names.get(offers[0].given_by, ""), fates=fates))
    return tuple(found)


def _booking(it: Booked, story: Story, names: Mapping[str, str]) -> BookingShown:
    repaid = [
        amount(each.account, -each.amount) if each.account is Account.HOURS else REPAIRS[each.account]
        for each in story.entries
        if each.what is What.MADE_UP and each.made_up_at == it.starts_at
    ]
    known = Status(it.status) if it.status else None
    came = STATUSES[known] if known else ""
    if not it.occupies:
        came = "Given back"
    minutes = f", {it.minutes} min" if known and it.minutes else ""
    return BookingShown(
        it=it,
        called=called(it.kind, it.group),
        who=names.get(it.by, ""),
        came=f"{came}{minutes}" if it.occupies else came,
        tone=f"outcome-{known.value}" if known and it.occupies else "is-slash",
        repaid=listed(repaid),
    )


def _closings(story: Story, names: Mapping[str, str]) -> tuple[ClosingShown, ...]:
    """What people closed, once each, however many accounts it closed; and what a clinician let pass."""
    found = {
        (each.at, each.by, each.what): ClosingShown(
            at=each.at,
            who=names.get(each.by, ""),
            what="Let go" if each.what is What.WAIVED else "Caught up on the material",
            why=REASONS.get(each.reason, ""),
            words=each.words,
        )
        for each in story.entries
        if each.what in BY_A_PERSON and not each.by.startswith("system:")
    }
    allowed = (
        ClosingShown(
            at=each.at,
            who=names.get(each.by, ""),
            what="One may be more than is allowed",
            why=MORE[MoreReason(each.reason)],
            words=each.words,
        )
        for each in story.allowed
    )
    return (*found.values(), *allowed)


def _material(seat: Seat) -> MaterialShown | None:
    begun = begun_of_seat(seat.pk)
    return (
        MaterialShown(ref=begun.ref, tone=MATERIAL[begun.state][0], word=MATERIAL[begun.state][1])
        if begun
        else None
    )


def _titles(asking: Asking, case: Case, story: Story, *, can_cancel: bool) -> dict[str, tuple[str, str]]:
    """The forms that there are for her now: what each is called, and its button."""
    may_act, may_close = (asking.may(right, case.program_id) for right in (Right.FOLLOW_UP, Right.CARE))
    roles = asking.roles.get(case.program_id, frozenset())
    titles = {}
    if can_cancel and may_act:
        titles["cancel"] = ("Give the booked time back", "Give it back")
    if asking.may(Right.SIGN_OFF, case.program_id) and story.total(Account.CONTENT) > 0:
        titles["caught_up"] = ("She caught up on the material", "Sign it off")
    if may_close and story.is_open and not story.is_booked and roles & {each.value for each in MAY_ALLOW}:
        titles["allow"] = ("Let one be more than is allowed", "Allow one more")
    if may_close and (story.is_open or story.total(Account.BILLING) > 0):
        titles["waive"] = ("Let go what is left", "Let it go")
    return titles


def _forms(seen: str, sent: Sent | None, titles: Mapping[str, tuple[str, str]]) -> tuple[FormShown, ...]:
    found = []
    for name, (title, button) in titles.items():
        came_back = sent is not None and sent[0] == name
        form = sent[1] if sent and came_back else make_form(name, seen=seen)
        found.append(FormShown(name=name, title=title, button=button, form=form, came_back=came_back))
    return tuple(found)
