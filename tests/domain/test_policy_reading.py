"""Policy documents: every wrong value is named by its path, and nothing else happens."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import EarlyLeave, Mode, OnCutoff, Status
from rejoin.domain.policy import InvalidPolicy, Overlay, Policy, read_overlay, read_policy
from rejoin.domain.policy.document import (
    AfterOffset,
    AtLeastOfLast,
    AtLeastWithin,
    Consecutive,
    ConsecutiveWeeks,
    Count,
    Fails,
    NoServiceFor,
    OnBusinessDay,
    Recipient,
    ShareBelow,
    StopOn,
    Total,
)
from tests.domain.people import MINIMAL, document, trigger

FULL: dict[str, Any] = {
    "id": "full",
    "title": "Everything a policy may say",
    "version": 3,
    "effective": {"from": "2026-01-01", "until": "2026-12-31"},
    "timezone": "America/New_York",
    "part2": True,
    "hours": {
        "min_per_week": 9,
        "max_per_week": 19.5,
        "week_starts": "sunday",
        "average_over": "P28D",
        "countable_modes": ["video", "in_person"],
        "cite": "ASAM 2.1",
    },
    "presence": {
        "grace": "PT5M",
        "late_cutoff": "PT15M",
        "on_cutoff": "ask",
        "reconnect": "PT10M",
        "early_leave": "PT15M",
        "early_leave_is": "partial",
        "credit": {"share": 0.75},
        "breaks_count": True,
        "cite": "Program rule",
    },
    "excuse": {
        "allowed": True,
        "notice": "PT24H",
        "reasons": ["illness"],
        "never_counts": ["hospitalised"],
        "cite": "Program rule",
    },
    "outreach": {
        "open_on": ["missed", "not_admitted"],
        "first_attempt_within": "PT24H",
        "quiet_hours": {"from": "21:00", "until": "08:00", "applies_to": ["sms", "push"]},
        "stop_on": ["contact"],
        "standard": [
            {
                "id": "nudge",
                "after": "PT5M",
                "from": "end",
                "actor": "system",
                "channels": ["sms"],
                "template": "neutral",
                "deadline": "PT1H",
                "to": "guardian",
                "cite": "Program rule",
            },
            {"id": "call", "at": "business_day+3 10:00", "actor": "counselor", "channels": ["phone"]},
        ],
        "elevated": [
            {"id": "now", "at": "next_business_day 09:30", "actor": "counselor", "channels": ["phone"]}
        ],
        "elevated_when": ["high_risk"],
        "cite": "Program rule",
    },
    "triggers": [
        {
            "id": "one",
            "count": "any_absence",
            "of": {"kinds": ["group"], "services": ["skills"]},
            "when": {"at_least": 2, "within": "P14D"},
            "then": "team_review",
            "decided_by": "team",
            "clears": {"attended": 5, "of_next": 6},
            "cite": "Program rule",
        },
        {"id": "two", "when": {"at_least": 2, "of_last": 6}, "then": "review"},
        {"id": "three", "when": {"consecutive": 3}, "then": "review"},
        {"id": "four", "when": {"consecutive_weeks": 4}, "then": "review"},
        {"id": "five", "when": {"share_below": 0.85, "of_last": 20}, "then": "review"},
        {"id": "six", "when": {"no_service_for": "P21D"}, "then": "review"},
        {"id": "seven", "when": {"total": 7}, "then": "review"},
        {"id": "eight", "when": {"fails": "one"}, "then": "review"},
    ],
    "requirements": [
        {
            "id": "parents",
            "party": "guardian",
            "of": {"kinds": ["family"]},
            "attend": 6,
            "within": "P84D",
            "cite": "Program rule",
        },
        {"id": "made-up", "makeups": "all", "before": "completion"},
    ],
    "makeup": {
        "window": "P7D",
        "before_dependent": "prefer",
        "max_per_week": 1,
        "max_per_day": 1,
        "modes": {"individual": ["content", "hours"]},
        "cite": "Program rule",
    },
    "billing": {
        "code": "H0015",
        "per_day_minutes": 180,
        "under": "coder_review",
        "no_show_fee": "none",
        "cite": "Payer",
    },
    "overlays": ["court.yaml"],
    "holidays": ["2026-12-25"],
}


def problems(told: object) -> list[tuple[str, str]]:
    """What is wrong with a document: field and message."""
    try:
        read_policy(told)
    except InvalidPolicy as invalid:
        return [(each.field, each.message) for each in invalid.problems]
    return []


def overlay_problems(told: object) -> list[tuple[str, str]]:
    try:
        read_overlay(told)
    except InvalidPolicy as invalid:
        return [(each.field, each.message) for each in invalid.problems]
    return []


def paths(told: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in a document."""
    inside: Any = (
        told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    )
    for key, value in inside:
        yield (*above, key)
        yield from paths(value, (*above, key))


def shown(path: tuple[str | int, ...]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def with_value(told: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    made = deepcopy(told)
    inside: Any = made
    for part in path[:-1]:
        inside = inside[part]
    inside[path[-1]] = value
    return made


PATHS = list(paths(FULL))


def test_the_full_document_is_read_value_by_value() -> None:
    found = read_policy(FULL)
    assert (found.id, found.version, found.part2, found.overlays) == ("full", 3, True, ("court.yaml",))
    assert (found.effective.from_on, found.effective.until_on) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (found.hours.min_per_week, found.hours.max_per_week) == (Decimal(9), Decimal("19.5"))
    assert (found.hours.week_starts_on, found.hours.average_over) == (6, timedelta(days=28))
    assert found.hours.countable_modes == {Mode.VIDEO, Mode.IN_PERSON}
    assert (found.presence.grace, found.presence.late_cutoff) == (timedelta(minutes=5), timedelta(minutes=15))
    assert (found.presence.on_cutoff, found.presence.early_leave_is) == (OnCutoff.ASK, EarlyLeave.PARTIAL)
    assert (found.presence.credit.share, found.presence.breaks_count) == (Fraction(3, 4), True)
    assert found.excuse.notice == timedelta(hours=24)
    assert found.excuse.reasons == {"illness"}
    assert found.outreach.open_on == {Status.MISSED, Status.NOT_ADMITTED}
    assert found.outreach.stop_on == {StopOn.CONTACT}
    assert found.outreach.quiet_hours is not None
    assert (found.outreach.quiet_hours.from_at, found.outreach.quiet_hours.until_at) == (time(21), time(8))
    nudge, call = found.outreach.standard
    assert nudge.due == AfterOffset(offset=timedelta(minutes=5), from_end=True)
    assert (nudge.to, nudge.deadline, nudge.template) == (Recipient.GUARDIAN, timedelta(hours=1), "neutral")
    assert call.due == OnBusinessDay(days=3, at=time(10))
    assert found.outreach.elevated[0].due == OnBusinessDay(days=1, at=time(9, 30))
    assert [each.when for each in found.triggers] == [
        AtLeastWithin(at_least=2, within=timedelta(days=14)),
        AtLeastOfLast(at_least=2, of_last=6),
        Consecutive(times=3),
        ConsecutiveWeeks(weeks=4),
        ShareBelow(share=Fraction(17, 20), of_last=20),
        NoServiceFor(length=timedelta(days=21)),
        Total(times=7),
        Fails(trigger_id="one"),
    ]
    assert (found.triggers[0].count, found.triggers[1].count) == (Count.ANY_ABSENCE, Count.MISSED)
    assert found.triggers[1].decided_by == "team"
    assert found.makeup is not None
    assert found.makeup.modes == {"individual": {"content", "hours"}}
    assert (found.billing.per_day_minutes, found.billing.no_show_fee) == (180, "none")
    assert found.holidays == {date(2026, 12, 25)}


def test_what_a_policy_leaves_out_does_not_exist() -> None:
    found = read_policy(MINIMAL)
    assert (found.presence.grace, found.presence.late_cutoff) == (timedelta(), None)
    assert found.presence.early_leave_is is EarlyLeave.FLAG_ONLY
    assert (found.presence.breaks_count, found.excuse.allowed, found.part2) == (False, False, True)
    assert found.outreach.quiet_hours is None
    assert found.outreach.open_on == {Status.MISSED, Status.NOT_ADMITTED, Status.NOT_ADMISSIBLE}
    assert found.outreach.stop_on == {StopOn.JOINED, StopOn.CONTACT}
    assert read_policy(document(excuse={})).excuse.allowed


@pytest.mark.parametrize("path", PATHS, ids=shown)
@pytest.mark.parametrize("wrong", [{"no": "such"}, 3.5, "nonsense"], ids=["mapping", "number", "word"])
def test_a_wrong_value_is_named_by_its_path(path: tuple[str | int, ...], wrong: object) -> None:
    told = with_value(FULL, path, wrong)
    found = problems(told)
    if _takes(path, wrong):
        return
    told_of = shown(path)
    assert any(field.startswith(told_of) or told_of.startswith(field) for field, _ in found), found


def _takes(path: tuple[str | int, ...], wrong: object) -> bool:
    """Whether the value is fine after all where it stands: words take words, hours take numbers."""
    free_text = {
        "id",
        "title",
        "then",
        "actor",
        "code",
        "under",
        "template",
        "decided_by",
        "cite",
        "no_show_fee",
    }
    lists_of_words = {"reasons", "never_counts", "services", "elevated_when", "overlays"}
    name = path[-1] if isinstance(path[-1], str) else path[-2]
    if wrong == "nonsense":
        return name in free_text or (name in lists_of_words and isinstance(path[-1], int))
    return wrong == 3.5 and name in ("no_show_fee", "min_per_week", "max_per_week")


@pytest.mark.parametrize("key", ["id", "version", "effective", "timezone", "presence", "outreach"])
def test_a_required_key_left_out_is_named(key: str) -> None:
    told = {name: value for name, value in MINIMAL.items() if name != key}
    assert (key, "is required") in problems(told)


def test_a_credit_is_required_and_is_one_or_the_other() -> None:
    assert ("presence.credit", "is required") in problems(document(presence={}))
    for credit in ({}, {"minutes": 10, "share": 0.5}):
        assert problems(document(presence={"credit": credit})) == [
            ("presence.credit", "takes either minutes or share")
        ]


def value_at(path: tuple[str | int, ...]) -> Any:
    whole: Any = FULL
    return reduce(lambda told, part: told[part], path, whole)


MAPPINGS: list[tuple[str | int, ...]] = [(), *(path for path in PATHS if isinstance(value_at(path), dict))]


@pytest.mark.parametrize("path", MAPPINGS, ids=shown)
def test_an_unknown_key_is_named(path: tuple[str | int, ...]) -> None:
    found = problems(with_value(FULL, (*path, "tpyo"), 1))
    assert any("tpyo" in field or "tpyo" in message for field, message in found)
    if path[-1:] not in (("when",), ("modes",)):
        assert any(field == shown((*path, "tpyo")) and "known here" in message for field, message in found)


@pytest.mark.parametrize(
    ("path", "value", "field", "message"),
    [
        (("effective", "until"), "2025-01-01", "effective.until", "ends before it begins"),
        (
            ("effective", "from"),
            datetime(2026, 1, 1, tzinfo=UTC),
            "effective.from",
            "must be a date without a time",
        ),
        (("effective", "from"), "1 January", "effective.from", "must be a date such as"),
        (("hours", "max_per_week"), 8, "hours.max_per_week", "is under min_per_week"),
        (("hours", "min_per_week"), 169, "hours.min_per_week", "between 0 and 168"),
        (("hours", "min_per_week"), "nine", "hours.min_per_week", "must be a number of hours"),
        (("hours", "min_per_week"), True, "hours.min_per_week", "must be a number of hours"),
        (("hours", "min_per_week"), float("nan"), "hours.min_per_week", "between 0 and 168"),
        (("presence", "credit", "share"), 1.5, "presence.credit.share", "over 0 and up to 1"),
        (("presence", "credit", "share"), "1/0", "presence.credit.share", "a share between 0 and 1"),
        (("presence", "credit", "share"), "1e-99999999", "presence.credit.share", "a share between 0 and 1"),
        (("presence", "credit", "share"), False, "presence.credit.share", "a share between 0 and 1"),
        (("presence", "grace"), "P1M", "presence.grace", "must not use months or years"),
        (("presence", "grace"), "PT5", "presence.grace", "ISO 8601 duration"),
        (("presence", "grace"), 5, "presence.grace", "ISO 8601 duration"),
        (("presence", "grace"), "-PT5M", "presence.grace", "between zero and ten years"),
        (("version",), True, "version", "whole number"),
        (("version",), 0, "version", "whole number"),
        (("timezone",), "America/Gotham", "timezone", "is not a time zone"),
        (("timezone",), "  ", "timezone", "must be a word"),
        (("outreach", "quiet_hours", "from"), "9 pm", "outreach.quiet_hours.from", "time of day"),
        (("outreach", "quiet_hours", "from"), "21:00+02:00", "outreach.quiet_hours.from", "local time"),
        (
            ("outreach", "quiet_hours", "applies_to"),
            ["phone"],
            "outreach.quiet_hours.applies_to",
            "never hold",
        ),
        (
            ("outreach", "standard", 0, "at"),
            "next_business_day 10:00",
            "outreach.standard[0]",
            "either after or at",
        ),
        (("outreach", "standard", 1, "at"), "tomorrow", "outreach.standard[1].at", "must be"),
        (("outreach", "standard", 1, "at"), "business_day+2 25:00", "outreach.standard[1].at", "time of day"),
        (("outreach", "standard", 1, "id"), "nudge", "outreach.standard[1].id", "repeats 'nudge'"),
        (("outreach", "standard"), {}, "outreach.standard", "must be a list"),
        (("triggers", 0, "decided_by"), "system", "triggers[0].decided_by", "no software decides"),
        (("triggers", 0, "of", "kinds"), [], "triggers[0].of.kinds", "must name at least one"),
        (("triggers", 0, "when"), {"at_least": 2}, "triggers[0].when", "is none of"),
        (("triggers", 0, "when"), None, "triggers[0].when", "is required"),
        (
            ("triggers", 0, "clears"),
            {"attended": 7, "of_next": 6},
            "triggers[0].clears.attended",
            "more sessions",
        ),
        (("triggers", 0, "clears"), None, "triggers[7].when.fails", "no trigger with clears"),
        (("triggers", 1, "id"), "one", "triggers[1].id", "repeats 'one'"),
        (("requirements", 1, "id"), "parents", "requirements[1].id", "repeats 'parents'"),
        (("requirements", 0, "makeups"), "all", "requirements[0]", "either attend or makeups"),
        (("makeup", "modes", "individual"), ["everything"], "makeup.modes.individual", "unknown part"),
        (("billing", "no_show_fee"), [50], "billing.no_show_fee", "amount, words or null"),
    ],
)
def test_each_kind_of_mistake_is_told_where_it_is(
    path: tuple[str | int, ...], value: object, field: str, message: str
) -> None:
    found = problems(with_value(FULL, path, value))
    assert any(where == field and message in what for where, what in found), found


def test_all_mistakes_are_told_at_once() -> None:
    told = with_value(with_value(FULL, ("version",), "three"), ("presence", "grace"), "soon")
    assert [field for field, _ in problems({**told, "tpyo": 1})] == ["presence.grace", "version", "tpyo"]


def test_a_document_that_is_no_mapping_is_a_problem_of_the_document() -> None:
    assert ("document", "must be a mapping of keys to values") in problems([1])


def test_dates_of_the_parser_are_dates() -> None:
    told = with_value(FULL, ("effective", "from"), date(2026, 1, 1))
    assert read_policy(told).effective.from_on == date(2026, 1, 1)


KEYS = sorted({part for path in PATHS for part in path if isinstance(part, str)})
WORDS = st.sampled_from(
    [
        "P14D",
        "PT5M",
        "PT1e400S",
        "P1Y2M",
        "P9999999999D",
        "21:00",
        "2026-01-01",
        "UTC",
        "../x",
        "\x00",
        "missed",
        "phone",
        "video",
        "1/3",
        "nan",
        "business_day+٣ ١٠:٠٠",
        "",
        "\ud800",
    ]
) | st.text(max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 30)
    | st.floats()
    | WORDS
    | st.dates()
    | st.datetimes()
    | st.integers(10**20, 10**30)
)
JSON = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3) | st.integers(), inside, max_size=4)
    ),
    max_leaves=12,
)


def read_either_way(told: object) -> None:
    for read in (read_policy, read_overlay):
        try:
            found: object = read(told)
        except InvalidPolicy as invalid:
            found = [f"{each.field}: {each.message}" for each in invalid.problems]
        assert isinstance(found, Policy | Overlay) or found


@given(JSON)
def test_any_document_is_a_policy_or_a_list_of_problems(told: object) -> None:
    read_either_way(told)


@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=3))
def test_a_policy_with_anything_in_it_is_a_policy_or_a_list_of_problems(
    changes: list[tuple[tuple[str | int, ...], object]],
) -> None:
    told = FULL
    for path, value in sorted(changes, key=lambda change: -len(change[0])):
        told = with_value(told, path, value)
    read_either_way(told)


def test_an_overlay_takes_any_section_and_only_what_tightens() -> None:
    own = {
        "outreach": ("standard", "elevated", "quiet_hours", "stop_on"),
        "hours": ("week_starts", "average_over"),
        "makeup": ("before_dependent",),
    }
    stated = {key: {name: value for name, value in FULL[key].items() if name not in own[key]} for key in own}
    stated |= {key: FULL[key] for key in ("effective", "excuse", "requirements")}
    for section, names in own.items():
        for name in names:
            told = overlay_problems({"id": "o", "version": 1, section: {name: FULL[section][name]}})
            assert (f"{section}.{name}", "has no place in an overlay, which only tightens") in told
    presence = {key: value for key, value in FULL["presence"].items() if key not in ("reconnect", "cite")}
    found = read_overlay({"id": "o", "version": 1, "presence": presence, **stated})
    assert found.presence["grace"] == timedelta(minutes=5)
    assert found.excuse is not None
    for key in ("timezone", "part2", "billing", "holidays"):
        told = overlay_problems({"id": "o", "version": 1, key: FULL[key]})
        assert (key, "has no place in an overlay, which only tightens a policy's rules") in told
    assert overlay_problems({}) == [("id", "is required"), ("version", "is required")]
    assert (
        overlay_problems({"id": "o", "version": 1, "title": "Court", "triggers": [trigger({"total": 1})]})
        == []
    )
