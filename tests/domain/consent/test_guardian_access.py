"""What somebody of the family may see: nothing, unless everybody whose word it takes has given it, and it stands now."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.consent import (
    AS_SHIPPED,
    NEVER_SHOWN,
    SHOWN_BY,
    About,
    Access,
    Closing,
    Item,
    Law,
    Service,
    Signed,
    Signer,
    Youth,
    age_on,
    guardian_access,
    whose_care_consent,
    whose_word_to_show,
)
from rejoin.people.vocabulary import Purpose
from tests.domain.consent.kin import (
    CONDITIONS,
    CONFIRMED,
    GUARDIAN,
    HERS,
    NOW,
    PATIENT,
    THEIRS,
    TODAY,
    ada,
    signed,
    years_old,
)

BOTH = {PATIENT, GUARDIAN}
SUBSTANCE_USE = frozenset({Service.SUBSTANCE_USE})


def access(
    youth: Youth,
    *consents: Signed,
    law: Law = CONFIRMED,
    now: datetime = NOW,
    closings: tuple[Closing, ...] = (),
) -> Access:
    return guardian_access(youth, law=law, consents=consents, closings=closings, now=now)


def sees(youth: Youth, *consents: Signed, law: Law = CONFIRMED, now: datetime = NOW) -> bool:
    """Whether a consent on attendance shows attendance."""
    return About.ATTENDANCE in access(youth, *consents, law=law, now=now).about


@pytest.mark.parametrize("years", [8, 12, 15, 17])
@pytest.mark.parametrize("part2", [False, True])
@pytest.mark.parametrize("state", ["OR", "FL", "OH", "ZZ"])
def test_without_a_confirmed_entry_it_takes_both_for_care_and_to_show_anything(
    years: int, part2: bool, state: str
) -> None:
    youth = ada(years, state, part2=part2)
    assert whose_care_consent(youth, law=AS_SHIPPED, now=NOW).signers == BOTH
    assert not sees(youth, HERS, law=AS_SHIPPED)
    assert not sees(youth, THEIRS, law=AS_SHIPPED)
    assert sees(youth, HERS, THEIRS, law=AS_SHIPPED)


def test_with_nothing_signed_nothing_is_shown_not_even_that_there_is_a_patient() -> None:
    for youth in (ada(9), ada(15), ada(40), ada(None), ada(15, part2=True)):
        told = access(youth)
        assert (told.about, told.items) == (frozenset(), frozenset())
        assert set(told.lacking) == set(About)


def test_who_may_consent_alone_alone_opens_what_her_guardian_sees() -> None:
    assert sees(ada(15), HERS)
    assert not sees(ada(15), THEIRS)
    assert whose_care_consent(ada(15), law=CONFIRMED, now=NOW).signers == {PATIENT}


def test_for_a_younger_child_her_guardian_signs_and_under_part_2_the_child_as_well() -> None:
    assert sees(ada(13), THEIRS)
    assert not sees(ada(13), HERS)
    needed = whose_word_to_show(ada(13, part2=True), law=CONFIRMED, now=NOW)
    assert needed.signers == BOTH
    assert needed.because[-1].cite is not None
    assert needed.because[-1].cite.startswith("42 CFR 2.14(b)")
    assert not sees(ada(13, part2=True), THEIRS)
    assert sees(ada(13, part2=True), HERS, THEIRS)


def test_under_part_2_only_the_minor_who_may_consent_alone_may_consent_to_telling() -> None:
    youth = ada(15, services=SUBSTANCE_USE, part2=True)
    needed = whose_word_to_show(youth, law=CONFIRMED, now=NOW)
    assert needed.signers == {PATIENT}
    assert needed.because[-1].cite is not None
    assert needed.because[-1].cite.startswith("42 CFR 2.14(a)")
    assert not sees(youth, THEIRS)
    assert sees(youth, HERS)


def test_an_adult_alone_says_what_her_family_sees_part_2_or_not() -> None:
    for part2 in (False, True):
        needed = whose_word_to_show(ada(18, "FL", part2=part2), law=AS_SHIPPED, now=NOW)
        assert needed.adult
        assert needed.signers == {PATIENT}
        assert needed.because[-1].text == "she is 18, and an adult from 18"
    assert not sees(ada(30, ""), THEIRS)
    assert sees(ada(30, ""), HERS)


@pytest.mark.parametrize(("state", "adult"), [("AL", 19), ("NE", 19), ("MS", 21), ("OR", 18), ("", 18)])
def test_where_minors_are_older_they_are_adults_later_without_anybodys_confirmation(
    state: str, adult: int
) -> None:
    assert whose_care_consent(ada(adult - 1, state), law=AS_SHIPPED, now=NOW).signers == BOTH
    needed = whose_care_consent(ada(adult, state), law=AS_SHIPPED, now=NOW)
    assert needed.signers == {PATIENT}
    assert (needed.because[0].cite is None) is (adult == 18)


def test_on_the_birthday_in_her_own_zone_her_guardians_word_is_no_longer_enough() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    youth = ada(born_on=date(2012, 10, 6), zone=zone)
    eve = datetime(2026, 10, 6, 6, 59, tzinfo=UTC)
    assert sees(youth, THEIRS, now=eve)
    assert not sees(youth, THEIRS, now=eve + timedelta(minutes=1))
    assert sees(youth, HERS, now=eve + timedelta(minutes=1))


def test_what_two_signed_for_a_minor_stands_on_her_eighteenth_birthday_and_she_may_take_it_back() -> None:
    youth = ada(state="FL", born_on=date(2008, 10, 5))
    assert sees(youth, HERS, THEIRS)
    assert sees(youth, HERS)
    assert not sees(youth, THEIRS)
    assert not sees(youth, HERS, signed(PATIENT, granted=False, at=NOW))


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2012, 10, 5), date(2026, 10, 4), 13),
        (date(2012, 10, 5), date(2026, 10, 5), 14),
    ],
)
def test_ages_are_whole_years(born_on: date, day: date, age: int) -> None:
    assert age_on(born_on, day) == age


@pytest.mark.parametrize("born_on", [None, TODAY + timedelta(days=1)])
def test_an_unknown_or_impossible_birth_date_closes_both_doors(born_on: date | None) -> None:
    youth = ada(born_on=born_on)
    assert whose_care_consent(youth, law=CONFIRMED, now=NOW).signers == BOTH
    assert not sees(youth, HERS)
    assert not sees(youth, THEIRS)


@pytest.mark.parametrize(
    "unknown", [{"states": frozenset({""})}, {"states": frozenset()}, {"services": frozenset()}]
)
def test_an_unknown_state_or_kind_of_care_closes_both_doors(unknown: dict[str, frozenset[str]]) -> None:
    youth = replace(ada(15), **unknown)  # type: ignore[arg-type]
    assert whose_word_to_show(youth, law=CONFIRMED, now=NOW).signers == BOTH
    assert not sees(youth, HERS)


def test_moving_to_a_state_without_an_entry_closes_and_moving_on_to_one_with_opens_by_its_own_age() -> None:
    home = ada(13, "WA")
    assert sees(home, HERS)
    assert not sees(replace(home, states=frozenset({"ID"})), HERS)
    moved = replace(home, states=frozenset({"OR"}))
    assert not sees(moved, HERS)
    assert sees(moved, THEIRS)


def test_while_she_is_in_another_state_the_strictest_of_both_holds() -> None:
    away = ada(13, states=frozenset({"WA", "OR"}))
    assert whose_word_to_show(away, law=CONFIRMED, now=NOW).signers == BOTH
    assert whose_word_to_show(ada(15, states=frozenset({"WA", "OR"})), law=CONFIRMED, now=NOW).signers == {
        PATIENT
    }
    assert whose_word_to_show(ada(15, states=frozenset({"WA", "ID"})), law=CONFIRMED, now=NOW).signers == BOTH


def test_care_of_two_kinds_takes_what_either_takes() -> None:
    both = frozenset(Service)
    assert whose_care_consent(ada(15, "WA", services=both), law=CONFIRMED, now=NOW).signers == {PATIENT}
    assert whose_care_consent(ada(15, "IL", services=both), law=CONFIRMED, now=NOW).signers == BOTH


def test_a_condition_that_nobody_found_to_hold_closes() -> None:
    youth = ada(15, "CO")
    assert sees(youth, HERS)
    without = replace(youth, found=CONDITIONS - {"willingly"})
    needed = whose_care_consent(without, law=CONFIRMED, now=NOW)
    assert needed.signers == BOTH
    assert needed.because[-1].text == (
        "nobody has written down that she seeks the care knowingly and of her own will"
    )
    assert not sees(without, HERS)


def test_a_consent_taken_back_shows_nothing_from_that_instant() -> None:
    back = signed(PATIENT, granted=False, at=NOW)
    assert sees(ada(15), HERS, back, now=NOW - timedelta(microseconds=1))
    assert not sees(ada(15), HERS, back)
    assert sees(
        ada(15), HERS, back, signed(PATIENT, at=NOW + timedelta(hours=1)), now=NOW + timedelta(hours=1)
    )
    assert access(ada(15), HERS, back).because[-4].text == "attendance: patient said no"


def test_of_a_yes_and_a_no_at_one_instant_the_no_holds() -> None:
    back = replace(HERS, granted=False)
    assert not sees(ada(15), HERS, back)
    assert not sees(ada(15), back, HERS)


def test_a_consent_that_ran_out_shows_nothing_from_that_instant() -> None:
    until = signed(PATIENT, until_at=NOW)
    assert sees(ada(15), until, now=NOW - timedelta(microseconds=1))
    assert not sees(ada(15), until)
    assert access(ada(15), until).next_to_ask(About.ATTENDANCE) is PATIENT


def test_a_consent_of_tomorrow_shows_nothing_today() -> None:
    assert not sees(ada(15), signed(PATIENT, at=NOW + timedelta(seconds=1)))


def test_a_childs_no_closes_where_her_guardians_word_alone_would_open_and_so_does_a_guardians() -> None:
    assert not sees(ada(13), THEIRS, replace(HERS, granted=False))
    assert not sees(ada(15), HERS, replace(THEIRS, granted=False))
    refused = access(ada(13), THEIRS, replace(HERS, granted=False))
    assert refused.next_to_ask(About.ATTENDANCE) is None


def test_a_consent_on_one_matter_shows_that_matter_alone() -> None:
    told = access(ada(15), signed(PATIENT, About.SCHEDULING))
    assert told.about == {About.SCHEDULING}
    assert told.items == {Item.SESSIONS_AHEAD, Item.FAMILY_SESSIONS}
    assert set(told.lacking) == {About.ATTENDANCE, About.SAFETY, About.BILLING}
    assert "scheduling: signed by patient" in [reason.text for reason in told.because]


def test_the_patient_is_asked_before_her_guardian() -> None:
    youth = ada(15, "FL")
    assert access(youth).next_to_ask(About.SAFETY) is PATIENT
    assert access(youth, signed(PATIENT, About.SAFETY)).next_to_ask(About.SAFETY) is GUARDIAN
    both = access(youth, signed(PATIENT, About.SAFETY), signed(GUARDIAN, About.SAFETY))
    assert both.next_to_ask(About.SAFETY) is None
    assert access(youth).because[-1].text == "billing: no live consent of patient and guardian"


def test_a_person_may_close_it_whatever_is_signed_and_lift_that_again() -> None:
    closing = Closing(at=NOW)
    closed = access(ada(40), HERS, closings=(closing,))
    assert (closed.about, closed.items, dict(closed.lacking)) == (frozenset(), frozenset(), {})
    assert closed.because[-1].text == "a person of the program decided that nothing is shown"
    assert access(ada(40), HERS, now=NOW - timedelta(seconds=1), closings=(closing,)).about
    assert access(ada(40), HERS, closings=(Closing(at=NOW - timedelta(days=1), until_at=NOW),)).about


def test_what_may_be_shown_and_what_never_is_are_everything_there_is() -> None:
    shown = frozenset().union(*SHOWN_BY.values())
    assert shown | NEVER_SHOWN == set(Item)
    assert not shown & NEVER_SHOWN
    assert {Item.OWN_WORDS, Item.MESSAGES, Item.REFLECTIONS, Item.CHECK_INS, Item.OTHERS} <= NEVER_SHOWN
    assert set(SHOWN_BY) == set(About)


def test_a_consent_is_about_what_records_of_people_call_its_purpose() -> None:
    assert {each.value for each in About} == {each.value for each in Purpose} - {Purpose.MESSAGES.value}


youths = st.builds(
    Youth,
    born_on=st.none() | st.sampled_from([years_old(years) for years in range(6, 24)]),
    states=st.frozensets(st.sampled_from(["", "OR", "WA", "CO", "IL", "MS", "AL", "FL"]), max_size=3),
    services=st.frozensets(st.sampled_from(Service)),
    zone=st.just(ZoneInfo("America/New_York")),
    part2=st.booleans(),
    found=st.frozensets(st.sampled_from(sorted(CONDITIONS))),
)
words = st.lists(
    st.builds(
        Signed,
        by=st.sampled_from(Signer),
        about=st.sampled_from(About),
        granted=st.booleans(),
        at=st.sampled_from([NOW - timedelta(days=days) for days in range(-2, 5)]),
        until_at=st.none() | st.sampled_from([NOW - timedelta(days=days) for days in range(-2, 2)]),
    ),
    max_size=12,
)


@given(youths, words)
def test_nothing_that_never_is_shown_is_and_nothing_opens_without_a_live_yes_of_hers_or_her_guardians(
    youth: Youth, consents: list[Signed]
) -> None:
    told = access(youth, *consents)
    assert not told.items & NEVER_SHOWN
    for about in told.about:
        live = {
            word.by
            for word in consents
            if word.about is about
            and word.granted
            and word.at <= NOW
            and (word.until_at is None or word.until_at > NOW)
        }
        assert told.needed <= live


@given(youths, words)
def test_knowing_less_confirming_less_or_being_bound_by_more_never_opens_anything(
    youth: Youth, consents: list[Signed]
) -> None:
    opened = access(youth, *consents).about
    assert access(youth, *consents, law=AS_SHIPPED).about <= opened
    stricter = (
        replace(youth, born_on=None),
        replace(youth, part2=True),
        replace(youth, found=frozenset()),
        replace(youth, states=youth.states | {"MS"}),
        replace(youth, services=frozenset(Service)),
    )
    for other in stricter[:3]:
        assert access(other, *consents).about <= opened
    for other in stricter[3:]:
        if youth.states and youth.services:
            assert access(other, *consents).about <= opened


@given(youths, words, st.sampled_from(Signer), st.sampled_from(About))
def test_one_more_no_closes_that_matter_and_no_other(
    youth: Youth, consents: list[Signed], by: Signer, about: About
) -> None:
    before = access(youth, *consents).about
    after = access(youth, *consents, signed(by, about, granted=False, at=NOW)).about
    assert after == before - {about}


@given(youths, words)
def test_the_order_of_what_was_signed_changes_nothing(youth: Youth, consents: list[Signed]) -> None:
    assert access(youth, *consents).about == access(youth, *reversed(consents)).about
