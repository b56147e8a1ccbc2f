"""What the staff see: before and after a session, a group over time, and what patients have caught up on."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.continuity.models import Following as Follows
from rejoin.continuity.models import SignOff, UnitWord
from rejoin.domain.makeup.ledger import Account
from rejoin.makeups.ledgers import open_amounts
from rejoin.people.models import Staff
from rejoin.programs.models import Enrolment, Session, SessionStaff
from tests.apps.continuity_scene import STAYING, Following, staying
from tests.apps.makeups_scene import DAY, NEXT_DAY
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
QUERIES = {"session_brief": 34, "group": 24, "groups": 18, "catchups": 18, "catchup": 28}
"""At most; the frame of a page has its own."""
NAMES = ("bob", "cyd", "dan")


class Desk:
    """Ben leads the group; the coordinator chooses what it follows."""

    def __init__(self, followed: Following | None = None) -> None:
        self.followed = followed or Following(there=NAMES)
        self.scene = self.followed.scene
        clock.simulate(shown_at=NEXT_DAY, rate=0)
        self.pages: dict[int, Any] = {}

    def page(self, who: Staff | None) -> Any:
        staff = who or self.scene.ben
        if staff.pk not in self.pages:
            self.pages[staff.pk] = client_of(staff)
        return self.pages[staff.pk]

    def get(self, name: str, *args: Any, who: Staff | None = None) -> str:
        answer = self.page(who).get(reverse(f"console:{name}", args=args))
        assert answer.status_code == 200, answer.status_code
        return told(answer)

    def send(self, name: str, *args: Any, who: Staff | None = None, **sent: Any) -> Any:
        return self.page(who).post(reverse(f"console:{name}", args=args), sent, follow=True)

    def brief(self, session: Session | None = None, who: Staff | None = None) -> str:
        return self.get("session_brief", (session or self.followed.coming).ref, who=who)


def told(answer: Any) -> str:
    """The words of a page's middle."""
    middle = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", middle))


@pytest.fixture
def desk() -> Desk:
    return Desk()


# Before a session, and after


def test_the_brief_says_how_many_come_who_comes_back_and_what_may_greet_her(desk: Desk) -> None:
    page = desk.brief()
    assert "Who is expected" in page
    assert re.search(r"ada Away 1 session, last here 14 days ago\. Not had: Know your triggers\.", page)
    assert "Welcome back. It is good to have you here." in page
    assert "Le damos la bienvenida otra vez." in page
    assert Event.objects.filter(
        verb="attendance.read_sheet", subject=f"session:{desk.followed.coming.pk}"
    ).exists()


def test_the_sheet_leads_there(desk: Desk) -> None:
    assert "Prepare for it" in desk.get("session", desk.followed.coming.ref)
    assert "Who was missed" in desk.get("session", desk.followed.missed.ref)


def test_her_own_language_comes_first(desk: Desk) -> None:
    desk.followed.ada.language = "es"
    desk.followed.ada.save()
    page = desk.brief()
    assert page.index("Le damos la bienvenida otra vez.") < page.index("Welcome back. It is good")


def test_who_is_behind_on_what_is_told_with_why_until_she_has_had_it(desk: Desk) -> None:
    behind = (
        r"Who is behind on what ada Know your triggers Open Riding out a craving builds on Know your triggers"
    )
    assert re.search(behind, desk.brief())
    begun = desk.followed.done()
    assert "Done: waits for sign-off" in desk.brief()
    desk.send("catchup_answer", begun.ref, answer="signed_off")
    assert "Everybody comes with what it builds on." in desk.brief()


def test_a_unit_is_let_go_from_the_brief_in_a_sentence_and_only_so(desk: Desk) -> None:
    sent: dict[str, Any] = {"curriculum": STAYING, "unit": "triggers", "what": "waived"}
    args = ("patient_unit", desk.followed.ada.ref, "evening")
    assert "Say in a sentence why." in told(desk.send(*args, **sent))
    assert "no such curriculum" in told(desk.send(*args, **sent | {"curriculum": "juggling"}, words="x"))
    assert "She is not behind on it." in told(desk.send(*args, **sent, words="She had it elsewhere."))
    assert UnitWord.objects.get().words == "She had it elsewhere."
    assert "Everybody comes with what it builds on." in desk.brief()


def test_of_which_unit_a_session_is_can_be_said_where_its_name_does_not(desk: Desk) -> None:
    desk.followed.coming.module = "An evening"
    desk.followed.coming.save()
    assert "It is not known of which unit this session is." in desk.brief()
    desk.send("session_unit", desk.followed.coming.ref, unit="cravings")
    assert "Know your triggers Open" in desk.brief()
    Follows.objects.create(program=desk.scene.program, group=desk.scene.group, at=NEXT_DAY, by="staff:1")
    assert "This group follows no curriculum yet." in desk.brief()
    refused = told(desk.send("session_unit", desk.followed.coming.ref, unit="cravings"))
    assert "Its group follows no curriculum yet." in refused


def test_after_it_the_team_reads_who_was_missed_and_the_group_may_be_told_of_nobody(desk: Desk) -> None:
    page = desk.brief(desk.followed.missed)
    assert "3 of 4 came" in page
    assert "nobody in the group is told who was missing" in page
    notice = page.split("What the group may be told")[1].split("Of which unit")[0]
    assert "We are a smaller circle today. Everybody's place here is kept." in notice.replace("&#x27;", "'")
    assert " ada" not in notice.split("Who has not met whom")[0]


def test_who_has_not_met_whom_is_told_of_those_who_are_expected(desk: Desk) -> None:
    new = desk.scene.admit("eve", sms=False, phone="+15550211")
    desk.followed.coming.seats.create(patient=new)
    page = desk.brief()
    assert "New here eve Has not been in this group yet." in page
    assert re.search(r"Who has not met whom .* eve ada, bob, cyd, dan ", page)


def test_a_one_to_one_has_no_group_to_tell_of(desk: Desk) -> None:
    alone = Session.objects.create(
        program=desk.scene.program,
        external_id="ALONE",
        kind="individual",
        starts_at=START + 5 * DAY,
        ends_at=START + 5 * DAY + timedelta(hours=1),
    )
    alone.seats.create(patient=desk.followed.ada)
    SessionStaff.objects.create(session=alone, staff=desk.scene.ben)
    page = desk.brief(alone)
    assert ("Who is expected" in page, "follows no curriculum" in page) == (False, True)


def test_of_those_not_in_her_care_nothing_is_told_and_that_is_said(desk: Desk) -> None:
    mia = desk.scene.hire("mia", "facilitator")
    page = desk.brief(who=mia)
    assert "4 more are expected who are not in your care" in page
    assert not any(f" {name} " in page for name in ("ada", *NAMES))


# The group


def test_a_group_tells_how_many_have_met_and_of_too_few_sessions_nothing(desk: Desk) -> None:
    page = desk.get("group", desk.scene.group.pk)
    assert "Too few sessions to say." in page
    assert re.search(r"ada Too few to say 1 session of hers among 2", page)
    for day in (1, 2, 3, 4):
        desk.followed.held("sleep", START - timedelta(days=day), *desk.followed.everybody)
    desk.followed.run(NEXT_DAY)
    page = desk.get("group", desk.scene.group.pk)
    assert "Too few sessions to say." not in page
    assert re.search(r"ada 3 of 3 others 5 sessions of hers among 6", page)
    assert "they say neither why nor how anybody is" in page


def test_who_joined_and_left_is_told_by_week(desk: Desk) -> None:
    eve = desk.scene.admit("eve", sms=False, phone="+15550211")
    Enrolment.objects.filter(patient=eve).update(from_on=START.date())
    Enrolment.objects.filter(patient=desk.followed.present[0]).update(until_on=(START - DAY).date())
    assert re.search(r"5 Oct so far eve bob 3 ", desk.get("group", desk.scene.group.pk))


def test_somebody_new_begins_where_a_part_opens(desk: Desk) -> None:
    assert "No day is known." in desk.get("group", desk.scene.group.pk)
    desk.followed.session("plan-the-day", START + 14 * DAY)
    page = desk.get("group", desk.scene.group.pk)
    assert "Wed 21 Oct 18:00" in page
    assert "To have before it, one-to-one or by the material: How a habit holds on" in page


def test_whoever_plans_chooses_what_a_group_follows(desk: Desk) -> None:
    group, coordinator = desk.scene.group.pk, desk.scene.coordinator
    assert "Staying on course" in desk.get("groups")
    assert desk.send("group_follow", group).status_code == 404
    desk.send("group_follow", group, who=coordinator, curriculum="finding-your-footing")
    assert "Finding your footing" in desk.get("group", group)
    assert "The group follows no curriculum now." in told(desk.send("group_follow", group, who=coordinator))
    assert "no such curriculum" in told(
        desk.send("group_follow", group, who=coordinator, curriculum="juggling")
    )


def test_that_another_version_ships_by_now_is_said(desk: Desk) -> None:
    Follows.objects.create(
        program=desk.scene.program,
        group=desk.scene.group,
        curriculum=STAYING,
        version=staying().curriculum.version + 1,
        at=NEXT_DAY,
        by="staff:1",
    )
    assert "was chosen; version 1 is here by now" in desk.get("group", desk.scene.group.pk)


# What patients have caught up on


def test_what_she_did_is_read_and_signed_off_and_repays_content(desk: Desk) -> None:
    begun = desk.followed.done()
    listed = desk.get("catchups")
    assert re.search(r"To look at \(1\) .* ada : Know your triggers Know your triggers", listed)
    page = desk.get("catchup", begun.ref)
    assert "The bus past the old street." in page
    assert "Needed by" in page
    assert "material repays content, and no hours" in page
    assert Event.objects.filter(subject=f"catchup:{begun.pk}", verb="people.read_chart").exists()
    done = told(desk.send("catchup_answer", begun.ref, answer="signed_off", words="Well done."))
    assert "Signed off." in done
    assert "Nothing waits for you." in done
    assert open_amounts(desk.followed.seat().pk)[Account.CONTENT] == 0
    assert "Well done." in desk.get("catchup", begun.ref)


def test_her_case_tells_how_far_she_is_with_it(desk: Desk) -> None:
    def case() -> str:
        return desk.get("case", desk.scene.case(desk.followed.ada).ref)

    assert "See what she did" not in case()
    desk.followed.answered()
    assert "She has begun to catch up See what she did" in case()
    begun = desk.followed.done()
    assert "it waits to be looked at" in case()
    desk.send("catchup_answer", begun.ref, answer="talk")
    assert "Her catch-up was given back" in case()
    desk.followed.done()
    desk.send("catchup_answer", begun.ref, answer="signed_off")
    assert "Her catch-up is signed off" in case()


def test_given_back_it_is_told_what_is_wanted_and_waits_for_her(desk: Desk) -> None:
    begun = desk.followed.done()
    answer = desk.send("catchup_answer", begun.ref, words="Let us talk")
    assert (answer.status_code, "Choose one of the three." in told(answer)) == (422, True)
    assert "Let us talk" in told(answer)
    desk.send("catchup_answer", begun.ref, answer="talk", words="Let us talk")
    assert "Given back ada: Know your triggers You asked for a talk" in desk.get("catchups")
    assert SignOff.objects.get().words == "Let us talk"


def test_who_comes_second_is_told_so_and_loses_no_word(desk: Desk) -> None:
    begun = desk.followed.done()
    desk.send("catchup_answer", begun.ref, answer="signed_off")
    again = desk.send("catchup_answer", begun.ref, answer="talk", words="Let us talk")
    assert again.status_code == 409
    assert "Somebody has looked at this already" in told(again)


def test_a_call_she_asked_for_is_seen_and_what_was_left_out_is_told(desk: Desk) -> None:
    begun = desk.followed.answered(asks_for_call=True)
    assert "She has begun, and is not done yet." in desk.get("catchup", begun.ref)
    assert "She would like somebody to call her." in desk.get("catchup", begun.ref)


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_asks_as_often_however_many_there_are(name: str) -> None:
    def asked(*names: str) -> int:
        followed = Following(scene=Scene(slug=f"evening-{len(names)}"), names=names, there=("bob",))
        desk = Desk(followed)
        followed.done()
        for each in followed.missing[1:]:
            followed.done(each)
        on = {
            "session_brief": (followed.coming.ref,),
            "group": (desk.scene.group.pk,),
            "catchup": (followed.ada.catch_ups.get().ref,),
        }
        desk.get(name, *on.get(name, ()))
        with CaptureQueriesContext(connection) as captured:
            desk.get(name, *on.get(name, ()))
        return len(captured)

    assert asked("ada", "eve", "fay", "gus") == asked("ada") <= QUERIES[name]


def test_whoever_keeps_the_lists_reads_what_she_did_and_does_not_sign_it_off(desk: Desk) -> None:
    begun, coordinator = desk.followed.done(), desk.scene.coordinator
    page = desk.get("catchup", begun.ref, who=coordinator)
    assert "Write it down" not in page
    assert "Write it down" in desk.get("catchup", begun.ref)
    assert "Let it go" not in desk.brief(who=coordinator)
    refused = desk.send("catchup_answer", begun.ref, who=coordinator, answer="signed_off")
    assert refused.status_code == 404
    assert not SignOff.objects.exists()
