"""Catching up: what she missed, by when it matters, what she did about it, and who looked at it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from rejoin.common.actors import ENGINE, staff_actor
from rejoin.common.seeing import seen_by_patient
from rejoin.continuity.access import catch_up_on, finished_of, material_of
from rejoin.continuity.actions import (
    answers_of,
    finish,
    follow_curriculum,
    give_back,
    save_answers,
    say_of_unit,
    say_unit,
    sign_off,
)
from rejoin.continuity.boards import to_sign_off
from rejoin.continuity.courses import followings_in
from rejoin.continuity.happening import Story
from rejoin.continuity.material import OpenCatchUp, open_catch_up
from rejoin.continuity.models import Answer, CallAsked, CatchUp, SignOff
from rejoin.continuity.vocabulary import Let, Wants
from rejoin.domain.continuity import Repair, standing_of
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account
from rejoin.makeups.actions import waive
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.programs.actions import add_group
from rejoin.programs.models import Track
from tests.apps.continuity_scene import STAYING, Following, choices_of, staying
from tests.apps.makeups_scene import DAY, NEXT_DAY
from tests.apps.scene import START, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def followed() -> Following:
    return Following()


def the_line(followed: Following, now: object = NEXT_DAY) -> OpenCatchUp:
    (line,) = open_catch_up(followed.ada, now)  # type: ignore[arg-type]
    return line


# What is hers to catch up on


def test_what_she_missed_is_there_with_the_day_by_which_it_matters_and_what_for(followed: Following) -> None:
    line = the_line(followed)
    assert (line.ref, line.title) == (followed.ref(), followed.title("triggers"))
    assert line.needed_by == followed.coming.starts_at
    assert line.needed_for == followed.title("cravings")
    assert not line.with_the_team
    assert open_catch_up(followed.present[0], NEXT_DAY) == ()


def test_it_is_told_in_her_language(followed: Following) -> None:
    followed.ada.language = "es"
    followed.ada.save()
    assert the_line(followed).title == staying().text("triggers", "es").title
    assert the_line(followed).needed_for == staying().text("cravings", "es").title


def test_a_session_whose_name_no_unit_has_is_not_guessed_until_somebody_says_of_which_it_is(
    followed: Following,
) -> None:
    say_unit(session=followed.missed, course=staying(), unit="sleep", **followed.desk())
    assert the_line(followed).title == followed.title("sleep")
    assert the_line(followed).needed_by is None
    say_unit(session=followed.missed, course=staying(), unit="", **followed.desk())
    assert the_line(followed).title == followed.title("triggers")
    with pytest.raises(Refusal, match="Choose a unit"):
        say_unit(session=followed.missed, course=staying(), unit="juggling", **followed.desk())


def test_what_is_said_of_a_group_comes_before_its_track_and_that_before_the_program(
    followed: Following,
) -> None:
    scene, desk = followed.scene, followed.desk()
    track = Track.objects.create(program=scene.program, name="Evenings")
    other = add_group(program=scene.program, name="Other", **desk)
    feet = "finding-your-footing"

    def of(group: int | None, track_id: int | None = None) -> str:
        found = followings_in([scene.program.pk]).of(scene.program.pk, track=track_id, group=group)
        return found.course.curriculum.id if found else ""

    assert (of(scene.group.pk), of(other.pk)) == (STAYING, "")
    follow_curriculum(program=scene.program, curriculum=feet, **desk)
    assert (of(scene.group.pk), of(other.pk), of(None)) == (STAYING, feet, feet)
    follow_curriculum(program=scene.program, track=track, curriculum="", **desk)
    assert of(other.pk, track.pk) == ""
    follow_curriculum(program=scene.program, group=scene.group, curriculum="", **desk)
    assert of(scene.group.pk) == ""
    assert open_catch_up(followed.ada, NEXT_DAY) == ()
    with pytest.raises(Refusal, match="no such curriculum"):
        follow_curriculum(program=scene.program, curriculum="juggling", **desk)
    with pytest.raises(Refusal, match="a group or a track"):
        follow_curriculum(program=scene.program, group=other, track=track, curriculum=feet, **desk)


def test_the_door_is_hers_alone_and_asks_four_times_however_much_she_missed(followed: Following) -> None:
    ref, bob = followed.ref(), followed.present[0]
    with pytest.raises(Refusal):
        material_of(bob, ref, now=NEXT_DAY)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert open_catch_up(followed.ada, NEXT_DAY)
        return len(captured)

    once = asked()
    followed.held("cravings", START - 3 * DAY, bob)
    followed.held("sleep", START - 2 * DAY, bob)
    followed.run(NEXT_DAY)
    assert asked() == once == 4
    assert len(open_catch_up(followed.ada, NEXT_DAY)) == 3


# What she does


def test_what_she_chose_and_wrote_is_kept_and_the_latest_word_holds(followed: Following) -> None:
    material = followed.material()
    begun = followed.answered()
    words = max(answers_of(begun))
    for said in ("My way home.", "My way home.", ""):
        save_answers(patient=followed.ada, material=material, given={words: said}, **followed.herself())
    assert words not in answers_of(begun)
    assert Answer.objects.filter(catch_up=begun, place=words).count() == 3
    assert CatchUp.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.filter(pk__gt=0).update(words="Other words")


def test_she_is_done_when_each_choice_is_made_and_then_it_is_with_the_team(followed: Following) -> None:
    material, choices = followed.material(), choices_of(followed.material())
    begun = save_answers(patient=followed.ada, material=material, given={}, **followed.herself())
    with pytest.raises(Refusal, match="a question left"):
        finish(catch_up=begun, choices=choices, **followed.herself())
    followed.done()
    assert the_line(followed).with_the_team
    for again in (followed.answered, followed.done):
        with pytest.raises(Refusal, match="Somebody of your team looks at it"):
            again()


def test_that_she_asks_to_be_called_is_kept_with_it(followed: Following) -> None:
    followed.answered(asks_for_call=True)
    assert CallAsked.objects.get().patient_id == followed.ada.pk
    assert to_sign_off([followed.scene.program.pk], now=NEXT_DAY) == []


# What the team says


def test_signed_off_it_repays_content_and_no_hours_and_she_is_not_behind(followed: Following) -> None:
    before = open_amounts(followed.seat().pk)
    begun = followed.done()
    assert [each.it.ref for each in to_sign_off([followed.scene.program.pk], now=NEXT_DAY)] == [begun.ref]
    assert sign_off(catch_up=begun, words="Well thought through.", **followed.desk())
    after = open_amounts(followed.seat().pk)
    assert (before[Account.CONTENT], after[Account.CONTENT]) == (1, 0)
    assert after[Account.HOURS] == before[Account.HOURS] > 0
    assert open_catch_up(followed.ada, NEXT_DAY) == ()
    assert to_sign_off([followed.scene.program.pk], now=NEXT_DAY) == []
    with pytest.raises(Refusal, match="looked at this already"):
        sign_off(catch_up=begun, **followed.desk())


def test_where_the_policy_lets_material_repay_nothing_the_ledger_stays_and_she_has_caught_up() -> None:
    followed = Following(scene=Scene("d"))
    before = open_amounts(followed.seat().pk)
    assert not sign_off(catch_up=followed.done(), **followed.desk())
    assert open_amounts(followed.seat().pk) == before
    assert open_catch_up(followed.ada, NEXT_DAY) == ()


def test_given_back_it_is_hers_again_with_the_words_and_may_be_done_anew(followed: Following) -> None:
    begun = followed.done()
    give_back(catch_up=begun, wants=Wants.TALK, words="Let us talk first.", **followed.desk())
    assert not the_line(followed).with_the_team
    assert [each.given_back for each in to_sign_off([followed.scene.program.pk], now=NEXT_DAY)] == [True]
    finish(catch_up=begun, choices={}, **followed.herself())
    assert finished_of(begun) is not None
    assert sign_off(catch_up=begun, **followed.desk())
    assert list(SignOff.objects.order_by("pk").values_list("answer", flat=True)) == [
        "given_back",
        "signed_off",
    ]


def test_no_machine_signs_off(followed: Following) -> None:
    begun = followed.done()
    for act in (
        lambda: sign_off(catch_up=begun, by=ENGINE, at=NEXT_DAY),
        lambda: give_back(catch_up=begun, wants=Wants.TALK, by=ENGINE, at=NEXT_DAY),
    ):
        with pytest.raises(Refusal, match="Only a person"):
            act()


@pytest.mark.parametrize("what", list(Let))
def test_a_unit_let_go_or_taken_again_is_no_lag(followed: Following, what: Let) -> None:
    said = {"patient": followed.ada, "program": followed.scene.program, "course": staying(), "what": what}
    with pytest.raises(Refusal, match="in a sentence"):
        say_of_unit(**said, unit="triggers", words=" ", **followed.desk())  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="Choose a unit"):
        say_of_unit(**said, unit="juggling", words="She has had it.", **followed.desk())  # type: ignore[arg-type]
    say_of_unit(**said, unit="triggers", words="She has had it.", **followed.desk())  # type: ignore[arg-type]
    assert open_catch_up(followed.ada, NEXT_DAY) == ()


def test_what_a_person_wrote_in_the_ledger_counts_as_well(followed: Following) -> None:
    waive(seat=followed.seat(), why=WaiverReason.CLINICAL, **followed.desk())
    story = Story([followed.ada.pk], program=followed.scene.program.pk, now=NEXT_DAY).of(staying())
    told = {
        each: standing_of(each, story[followed.ada.pk], now=NEXT_DAY).state
        for each in ("habit-loop", "triggers")
    }
    assert told == {"habit-loop": Repair.ATTENDED, "triggers": Repair.WAIVED}


def test_what_is_needed_first_comes_first_on_the_list() -> None:
    followed = Following(names=("ada", "eve"))
    eve = followed.missing[1]
    followed.done()
    later = NEXT_DAY + timedelta(hours=1)
    say_unit(session=followed.missed, course=staying(), unit="", **followed.desk())
    followed.done(eve)
    found = to_sign_off([followed.scene.program.pk], now=later)
    assert [each.it.name for each in found] == ["ada", "eve"]
    assert {each.needed_by for each in found} == {followed.coming.starts_at}


# Behind the doors


@pytest.mark.django_db(transaction=True)
def test_she_does_all_of_it_behind_her_own_door_and_nothing_of_the_teams() -> None:
    followed = Following()
    with seen_by_patient(followed.ada.pk):
        begun = followed.done()
        assert catch_up_on(followed.material()) == begun
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            sign_off(catch_up=begun, **followed.desk())
    with seen_by_patient(followed.present[0].pk):
        assert not CatchUp.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_in_one_moment_one_does() -> None:
    followed = Following()
    begun = followed.done()

    def answer(who: int) -> str:
        try:
            sign_off(catch_up=CatchUp.objects.get(pk=begun.pk), by=staff_actor(who), at=NEXT_DAY)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "signed"

    staff = [followed.scene.ben.pk, followed.scene.supervisor.pk]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(answer, staff)) == ["catch_up.answered", "signed"]
    assert SignOff.objects.count() == 1
