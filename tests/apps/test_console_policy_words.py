"""A policy's rules in words: every rule there is, and nothing where there is none."""

from datetime import timedelta
from typing import Any

import pytest

from rejoin.console.present.policy_words import length, listed, sections_of
from rejoin.domain.policy import read_policy
from rejoin.policies.loading import load_policy
from tests.apps.scene import LETTERS
from tests.domain.people import document, trigger


def words_of(**changes: Any) -> dict[str, list[str]]:
    """The words by section, of the smallest policy with some of its keys set."""
    policy = read_policy(document(**changes))
    return {each.title: [rule.words for rule in each.rules] for each in sections_of(policy)}


def one(title: str, **changes: Any) -> list[str]:
    return words_of(**changes).get(title, [])


def outreach(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"standard": [{"channels": ["phone"], "actor": "counselor", **each} for each in steps], **more}


@pytest.mark.parametrize("letter", "abcde")
def test_each_policy_that_ships_is_told_in_whole_sentences(letter: str) -> None:
    policy = load_policy(LETTERS[letter], name=letter)
    rules = [rule for section in sections_of(policy) for rule in section.rules]
    assert len(rules) > 25
    for rule in rules:
        assert rule.words.endswith(".")
        assert rule.words[0].isupper() or rule.words[0].isdecimal()
        assert "_" not in rule.words
        assert "None" not in rule.words
    steps = len(policy.outreach.standard) + len(policy.outreach.elevated)
    assert [rule.fires for rule in rules].count("step") == steps
    assert [rule.id for rule in rules if rule.fires == "review"] == [each.id for each in policy.triggers]


def test_what_a_policy_does_not_say_is_not_told() -> None:
    assert words_of(outreach=outreach({"id": "call", "after": "PT0S"}, open_on=["missed"], stop_on=[])) == {
        "Presence": [
            "A session counts as attended from 180 minutes, or all of it where it is shorter; with less it is partial.",
            "Breaks do not count.",
        ],
        "Excuses": ["No absence is excused."],
        "When a session is missed": ["A case opens when the outcome is missed."],
        "The ladder": ["At the start: the counselor tries by phone."],
    }


@pytest.mark.parametrize(
    ("presence", "said"),
    [
        ({"credit": {"share": 0.75}}, "A session counts as attended from 75% of its length; with less"),
        ({"late_cutoff": "PT30M", "on_cutoff": "ask"}, "30 minutes after the start is admitted, and the fac"),
        ({"late_cutoff": "PT30M", "on_cutoff": "admit"}, "30 minutes after the start is admitted."),
        (
            {"early_leave": "PT1H", "early_leave_is": "missed"},
            "1 hour before the end makes the session missed.",
        ),
        ({"early_leave": "PT1H"}, "1 hour before the end is noted and changes nothing."),
        ({"breaks_count": True}, "Breaks count as minutes."),
        ({"reconnect": "PT10M"}, "A gap of up to 10 minutes is a lost connection."),
    ],
)
def test_presence(presence: dict[str, Any], said: str) -> None:
    rules = {"credit": {"minutes": 180}, **presence}
    assert said in " ".join(one("Presence", presence=rules))


@pytest.mark.parametrize(
    ("excuse", "said"),
    [
        (
            {"allowed": True, "notice": "PT24H"},
            ["A notice that comes at least 24 hours before the start excuses"],
        ),
        ({"allowed": True, "notice": "PT0S"}, ["A notice that comes at any time before the start excuses"]),
        (
            {"allowed": True, "notice": None, "reasons": ["illness"]},
            ["Excused whenever notice comes: illness."],
        ),
        (
            {"allowed": False, "never_counts": ["hospitalised", "platform_outage"]},
            ["No absence is excused.", "Never counted against her: hospitalised and platform outage."],
        ),
    ],
)
def test_excuses(excuse: dict[str, Any], said: list[str]) -> None:
    found = one("Excuses", excuse=excuse)
    assert len(found) == len(said)
    assert all(each.startswith(start) for each, start in zip(found, said, strict=True))


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"after": "PT30M", "from": "end"}, "30 minutes after the end: the counselor tries by phone."),
        ({"at": "next_business_day 10:00"}, "Next business day at 10:00: the counselor tries by phone."),
        ({"at": "business_day+3 09:30"}, "3 business days later at 09:30: the counselor tries by phone."),
        (
            {"after": "PT1H", "to": "guardian", "deadline": "P1D"},
            "1 hour after the start: the counselor tries by phone to the guardian, with a live consent, at the latest 24 hours after it.",
        ),
        (
            {
                "after": "PT5M",
                "actor": "system",
                "channels": ["sms", "voice_auto"],
                "template": "neutral_nudge",
            },
            "5 minutes after the start: a message goes out by text or automatic call.",
        ),
    ],
)
def test_rungs(step: dict[str, Any], said: str) -> None:
    assert one("The ladder", outreach=outreach({"id": "one", **step})) == [said]


def test_the_ladder_of_flagged_patients_names_their_flags() -> None:
    call = {"id": "now", "after": "PT5M", "actor": "clinician", "channels": ["phone"]}
    rules = outreach(
        {"id": "one", "after": "PT1H"}, elevated=[call], elevated_when=["high_risk", "left_distressed"]
    )
    assert one("The ladder for patients who are flagged", outreach=rules) == [
        "Taken instead, whenever she is flagged high risk or left distressed.",
        "5 minutes after the start: the clinician tries by phone.",
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"when": {"at_least": 1, "within": "P14D"}}, "1 missed session within 14 days: team review"),
        (
            {"when": {"at_least": 2, "of_last": 6}},
            "2 missed sessions among the last 6 scheduled: team review",
        ),
        ({"when": {"consecutive": 3}, "count": "late"}, "3 late arrivals in a row: team review"),
        ({"when": {"consecutive": 1}, "count": "late"}, "1 late arrival in a row: team review"),
        ({"when": {"consecutive_weeks": 1}}, "1 scheduled week in a row without coming: team review"),
        ({"when": {"share_below": 0.85, "of_last": 20}}, "Fewer than 85% kept of the last 20"),
        ({"when": {"no_service_for": "P21D"}}, "No service for 21 days: team review"),
        (
            {"when": {"total": 1}, "of": {"services": ["skills"]}},
            "1 missed session in all, in skills sessions: team",
        ),
        ({"when": {"total": 6}, "count": "any_absence"}, "6 absences of any kind in all: team review"),
        (
            {"when": {"at_least": 2, "of_last": 6}, "clears": {"attended": 5, "of_next": 6}},
            "decided by the supervisor. Contract: 5 attended of the next 6.",
        ),
    ],
)
def test_patterns(rule: dict[str, Any], said: str) -> None:
    (found,) = one("Patterns that people look at", triggers=[trigger(**{"decided_by": "supervisor", **rule})])
    assert said in found


def test_a_pattern_may_wait_for_a_contract_that_fails() -> None:
    contract = trigger({"total": 2}, id="first", clears={"attended": 5, "of_next": 6})
    waits = trigger({"fails": "first"}, id="second")
    found = one("Patterns that people look at", triggers=[contract, waits])
    assert found[1].startswith("The contract of first is out of reach: team review")


def test_what_is_owed() -> None:
    owed = [
        {"id": "parents", "party": "guardian", "of": {"kinds": ["family"]}, "attend": 6, "within": "P84D"},
        {"id": "some", "attend": 2},
        {"id": "made-up", "makeups": "all", "before": "completion"},
        {"id": "made-up-ever", "makeups": "all"},
    ]
    assert one("Owed over the whole stay", requirements=owed) == [
        "The guardian attends 6 sessions, in family sessions within 84 days.",
        "The patient attends 2 sessions.",
        "Every absence is made up before completion.",
        "Every absence is made up.",
    ]


def test_make_ups() -> None:
    rules = {
        "window": "P7D",
        "before_dependent": "require",
        "max_per_week": 1,
        "modes": {"packet": [], "extra": ["hours"]},
    }
    assert one("Make-ups", makeup=rules) == [
        "A missed session is made up within 7 days.",
        "It has to be made up before the session that builds on it.",
        "At most 1 make-up a week.",
        "Packet closes nothing.",
        "Extra closes hours.",
    ]
    assert one("Make-ups", makeup={"modes": {"packet": ["content"]}}) == ["Packet closes content."]


def test_hours_and_billing() -> None:
    hours = {"max_per_week": 19, "week_starts": "sunday", "countable_modes": ["video"]}
    assert one("Hours of a week", hours=hours) == [
        "At most 19 hours a week.",
        "The week begins on Sunday.",
        "What is held by video counts.",
    ]
    mean = {"min_per_week": 9, "average_over": "P28D"}
    assert (
        one("Hours of a week", hours=mean)[0] == "At least 9 countable hours a week, on average over 28 days."
    )
    assert one("Billing", billing={"per_day_minutes": 180}) == [
        "A day may be billed from 180 attested minutes on."
    ]
    assert one("Billing", billing={"code": "H0015"}) == []


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=1), "24 hours"),
        (timedelta(days=14), "14 days"),
        (timedelta(), "0 minutes"),
    ],
)
def test_lengths(span: timedelta, said: str) -> None:
    assert length(span) == said


def test_lists_of_words() -> None:
    assert listed([]) == ""
    assert listed(["one"]) == "one"
    assert listed(["one", "two_b", "sms"], "or") == "one, two b or text"
