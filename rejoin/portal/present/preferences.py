"""What she sets herself, as it stands. Read behind her door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Final, NamedTuple

from rejoin.common.rows import select
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Consent
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.makeups.free_time import Window, as_text, standing_on, stated_by
from rejoin.makeups.vocabulary import PartOfDay
from rejoin.outreach.calendars import calendar_url
from rejoin.outreach.quiet import quiet_of
from rejoin.people.consents import consents_of
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.portal.door import Herself
from rejoin.portal.words.me import words_in
from rejoin.portal.words.me_english import English
from rejoin.visits.checking_in import has_taken_video_back

CHANNELS: Final = ("sms", "email", "push", "phone", "voice_auto")
"""What she can be reached by, in the order in which it is shown."""
REACHED_AT: Final = MappingProxyType(
    {"sms": "phone", "phone": "phone", "voice_auto": "phone", "email": "email"}
)
"""Which kind of address a channel needs."""
ZONES: Final = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)
"""What she can choose from, beside the one she has."""
PARTS: Final[Mapping[PartOfDay, tuple[int, int]]] = MappingProxyType(
    {
        PartOfDay.MORNING: (8 * 60, 12 * 60),
        PartOfDay.AFTERNOON: (12 * 60, 17 * 60),
        PartOfDay.EVENING: (17 * 60, 21 * 60),
    }
)
"""Minutes of her wall clock that a part of the day stands for when she ticks it. Ours; the page says so."""
HOURS: Final = 24
SHOWN: Final = 4
"""Digits of her number that are shown: whoever looks over her shoulder learns no more."""
ADDRESSES: Final = """
SELECT DISTINCT ON (kind) kind, value FROM people_address
 WHERE patient_id = %s AND retired_at IS NULL ORDER BY kind, rank, id
"""
# The latest word on each person, channel and purpose, where it stands.
OTHERS: Final = """
SELECT contact.id, contact.name, contact.relation, said.channel, said.purpose, said.until_at
  FROM (SELECT DISTINCT ON (contact_id, channel, purpose) * FROM people_consent
         WHERE patient_id = %(patient)s AND contact_id IS NOT NULL AND at <= %(now)s
         ORDER BY contact_id, channel, purpose, at DESC, granted, id DESC) AS said
  JOIN people_contact AS contact ON contact.id = said.contact_id
 WHERE said.granted AND (said.until_at IS NULL OR said.until_at > %(now)s) AND contact.retired_at IS NULL
 ORDER BY contact.name, contact.id, said.channel, said.purpose
"""
# Everybody around her, and whether she or her program closed it to them: the latest word, of one instant a closing.
AROUND: Final = """
SELECT contact.id, contact.name, contact.relation, coalesce(said.closes, false)
  FROM people_contact AS contact
  LEFT JOIN LATERAL (
        SELECT closes FROM people_familyclosing WHERE contact_id = contact.id AND at <= %(now)s
         ORDER BY at DESC, closes DESC LIMIT 1) AS said ON true
 WHERE contact.patient_id = %(patient)s AND contact.retired_at IS NULL ORDER BY contact.name, contact.id
"""
VIDEO: Final = "SELECT max(at) FROM visits_telehealthconsent WHERE patient_id = %s"

Choices = tuple[tuple[str, str], ...]


class Standing(NamedTuple):
    """A consent towards somebody that stands."""

    contact_id: int
    name: str
    relation: str
    channel: str
    purpose: str
    until_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to reach her."""

    name: str
    words: str
    allowed: bool
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Somebody around her who may be told something."""

    contact_id: int
    name: str
    who: str
    told: str
    until: str


class Around(NamedTuple):
    """Somebody around her, and whether they are told nothing whatever is signed."""

    contact_id: int
    name: str
    relation: str
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeable:
    """The same in words."""

    contact_id: int
    name: str
    who: str
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of her week: value, words, ticked."""

    name: str
    parts: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The page."""

    say: English
    name: str
    zone: str
    zones: Choices
    ways: tuple[Way, ...]
    first: str
    firsts: Choices
    hours: Choices
    quiet_from: str
    quiet_until: str
    parts: tuple[str, ...]
    week: tuple[Day, ...]
    noted: str
    best: str
    bests: Choices
    others: tuple[Other, ...]
    around: tuple[Closeable, ...]
    video: str
    by_video: bool
    calendar: str

    @property
    def webcal(self) -> str:
        """The same address, as a phone hands it to its calendar."""
        return f"webcal://{self.calendar.partition('://')[2]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTime:
    """What is on record of her week, by the parts of days that she ticks."""

    ticked: frozenset[str]
    best: str
    windows: tuple[Window, ...]


def present_preferences(herself: Herself) -> Preferences:
    say, patient = words_in(herself.patient.language), herself.patient
    quiet, free = quiet_of(patient), free_time_of(herself)
    wishes = tuple((each, say.channels[each]) for each in CHANNELS)
    return Preferences(
        say=say,
        name=patient.preferred_name,
        zone=patient.timezone,
        zones=zones_for(patient.timezone, say),
        ways=_ways(herself, say),
        first=patient.preferred_channel if patient.preferred_channel in CHANNELS else "",
        firsts=(("", say.no_first), *wishes),
        hours=tuple(
            (f"{each:02}:00", say.time(datetime.combine(date.min, time(each)))) for each in range(HOURS)
        ),
        quiet_from=f"{quiet[0]:%H:%M}" if quiet else "",
        quiet_until=f"{quiet[1]:%H:%M}" if quiet else "",
        parts=tuple(say.parts[each] for each in PartOfDay),
        week=_week(free, say),
        noted=_noted(free, say),
        best=free.best,
        bests=(("", say.all_the_same), *((each.value, say.parts[each]) for each in PartOfDay)),
        others=_others(herself, say),
        around=tuple(_closeable(each, say) for each in around(herself)),
        video=_video(herself, say),
        by_video=may_use_video(herself),
        calendar=calendar_url(patient),
    )


def zones_for(zone: str, say: English) -> Choices:
    named = tuple((each, f"{say.zones[each]} ({_city(each)})") for each in ZONES)
    return named if zone in ZONES else ((zone, _city(zone)), *named)


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def allowed_of(herself: Herself) -> dict[str, bool]:
    """By which channels she may be reached now."""
    said: Sequence[Consent] = consents_of([herself.patient.pk], herself.at)[herself.patient.pk]
    return {each: may_use(each, to=Recipient.PATIENT, consents=said) for each in CHANNELS}


def _ways(herself: Herself, say: English) -> tuple[Way, ...]:
    addresses, allowed = dict(select(ADDRESSES, [herself.patient.pk])), allowed_of(herself)
    return tuple(
        Way(name=each, words=say.channels[each], allowed=allowed[each], hint=_hint(each, addresses, say))
        for each in CHANNELS
    )


def _hint(channel: str, addresses: Mapping[str, str], say: English) -> str:
    """Where that goes, as much of it as may be seen by whoever looks over her shoulder."""
    kind = REACHED_AT.get(channel)
    if kind is None:
        return ""
    address = addresses.get(kind, "")
    if not address:
        return say.no_address
    return (
        say.ends_with(address[-SHOWN:]) if kind == "phone" else f"{address[:2]}…@{address.rpartition('@')[2]}"
    )


def free_time_of(herself: Herself) -> FreeTime:
    """What holds today."""
    said = standing_on(stated_by(herself.patient.pk), local_day(herself.at, herself.zone))
    windows = tuple(said.windows or ()) if said else ()
    ticked = frozenset(
        f"{day}-{part.value}" for day in range(7) for part in PartOfDay if _covers(windows, day, part)
    )
    return FreeTime(ticked=ticked, best=said.prefers if said else "", windows=windows)


def _covers(windows: Sequence[Window], day: int, part: PartOfDay) -> bool:
    """Times that follow upon each other may lie across."""
    reached, end = PARTS[part]
    for each in sorted(windows):
        if each.weekday == day and each.start <= reached < each.end:
            reached = each.end
    return reached >= end


def windows_of(ticked: frozenset[str]) -> list[Window]:
    """What she ticked, as times of her week."""
    return [
        Window(day, *PARTS[part]) for day in range(7) for part in PartOfDay if f"{day}-{part.value}" in ticked
    ]


def _week(free: FreeTime, say: English) -> tuple[Day, ...]:
    return tuple(
        Day(
            name=say.days[day],
            parts=tuple(
                (value, say.parts[part], value in free.ticked)
                for part in PartOfDay
                for value in [f"{day}-{part.value}"]
            ),
        )
        for day in range(7)
    )


def _noted(free: FreeTime, say: English) -> str:
    """Times that staff wrote down and that are no parts of days as she ticks them; "": there are none."""
    if sorted(free.windows) == windows_of(free.ticked):
        return ""
    days = ((day, [each for each in free.windows if each.weekday == day]) for day in range(7))
    return "; ".join(f"{say.days[day]} {as_text(windows)}" for day, windows in days if windows)


def standing_towards(herself: Herself) -> list[Standing]:
    """Every consent towards somebody that stands now."""
    return [Standing(*row) for row in select(OTHERS, {"patient": herself.patient.pk, "now": herself.at})]


def around(herself: Herself) -> list[Around]:
    """Everybody around her."""
    return [Around(*row) for row in select(AROUND, {"patient": herself.patient.pk, "now": herself.at})]


def _closeable(each: Around, say: English) -> Closeable:
    who = say.relations[Relation(each.relation)]
    return Closeable(
        contact_id=each.contact_id,
        name=each.name or who,
        who=who if each.name else "",
        closed=each.closed,
    )


def _others(herself: Herself, say: English) -> tuple[Other, ...]:
    by_person: dict[int, list[Standing]] = {}
    for each in standing_towards(herself):
        by_person.setdefault(each.contact_id, []).append(each)
    return tuple(_other(said, say, herself) for said in by_person.values())


def _other(said: Sequence[Standing], say: English, herself: Herself) -> Other:
    purposes = dict.fromkeys(say.purposes[Purpose(each.purpose)] for each in said)
    ends = [each.until_at for each in said if each.until_at]
    who = say.relations[Relation(said[0].relation)]
    return Other(
        contact_id=said[0].contact_id,
        name=said[0].name or who,
        who=who if said[0].name else "",
        told=say.told("; ".join(purposes)),
        until=say.until_day(max(ends), herself.zone) if len(ends) == len(said) else "",
    )


def may_use_video(herself: Herself) -> bool:
    """She has not taken it back. Whether she has said yes to the words is asked at the door."""
    return not has_taken_video_back(herself.patient.pk)


def _video(herself: Herself, say: English) -> str:
    if not may_use_video(herself):
        return say.video_off
    ((agreed_at,),) = select(VIDEO, [herself.patient.pk])
    return say.video_yes(agreed_at, herself.zone) if agreed_at else say.video_no
