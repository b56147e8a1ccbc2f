"""Pages that follow what happens: what the database tells of itself, and what of it waits for a page."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import OperationalError
from django.db.migrations import RunSQL
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from rejoin.attendance.actions import record_mark
from rejoin.common.actors import staff_actor
from rejoin.common.rows import execute, select
from rejoin.common.seeing import seen_by_staff
from rejoin.console import live
from rejoin.console.live import REFRESH, Follower, Hub, Whose, hub, look_again, stream
from rejoin.console.schema import CHANNEL, Of, live_on
from rejoin.domain.attendance import Status
from rejoin.followup.actions.team import acknowledge, add_task, give_task, hand_off, read_hand_off, say
from rejoin.makeups.actions import accept_offer, wait_for, waive
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.outreach.models import Message, Reply, VendorDelivery
from rejoin.people.models import Staff
from rejoin.programs.glass import BrokenGlass, BrokenGlassSeen
from rejoin.programs.models import Seat, StaffRole
from rejoin.programs.vocabulary import GlassReason
from tests.apps.makeups_scene import Owing
from tests.apps.processes import wait_until
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import account_of, client_of, signed_in

BEN = Whose(staff_id=1, programs=frozenset({1, 2}))
# In this database alone: the server is shared with whoever else tests at this time.
LISTENING = f"FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN {CHANNEL}'"


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """Others can see all of it."""
    return Scene()


class Ear:
    """Hears what the database tells the boards."""

    def __init__(self, raw: psycopg.Connection) -> None:
        self.raw = raw
        raw.execute(f"LISTEN {CHANNEL}".encode())

    def heard(self) -> list[str]:
        """All that was told until now, in order."""
        execute(f"NOTIFY {CHANNEL}, 'until here'")
        found: list[str] = []
        for notice in self.raw.notifies(timeout=10):
            if notice.payload == "until here":
                return found
            found.append(notice.payload)
        raise AssertionError("the database tells nothing")


def boards(ear: Ear) -> set[str]:
    """Which were told to look again."""
    return {topic for each in ear.heard() for topic in each.partition(":")[0].split(",")}


@pytest.fixture
def ear(scene: Scene, raw_connection: psycopg.Connection) -> Ear:
    """Begins to hear when the scene is set."""
    return Ear(raw_connection)


# What the database tells.


def test_who_is_seen_in_a_room_is_told_to_the_boards_of_her_program_and_not_who_it_was(
    scene: Scene, raw_connection: psycopg.Connection
) -> None:
    ada = scene.admit("ada")
    session = scene.session(ada)
    ear = Ear(raw_connection)
    scene.watched(session, (ada, START, None))
    assert set(ear.heard()) == {f"today,session:{scene.program.pk}"}


def test_a_statement_is_one_notice_whatever_it_writes(scene: Scene, ear: Ear) -> None:
    other = Scene(slug="morning")
    both = f"{scene.program.pk},{other.program.pk}"
    for each in (scene, other):
        each.session(*[each.admit(f"p{number}") for number in range(5)])
    ear.heard()
    execute("UPDATE programs_session SET module = 'Two'")
    assert ear.heard() == [f"today,session:{both}"]


def test_what_only_the_engine_notes_for_itself_is_not_told(scene: Scene, ear: Ear) -> None:
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(6))
    ear.heard()
    execute("UPDATE attendance_seatstatus SET acted_on = NOT acted_on, failures = 3")
    execute("UPDATE followup_case SET next_look_at = now(), failures = 3")
    execute("UPDATE programs_session SET seats_taken = 1")
    execute("UPDATE outreach_message SET tries = 3")
    execute("UPDATE programs_session SET module = 'Two' WHERE false")
    assert ear.heard() == []


def test_a_miss_from_beginning_to_end_is_told_to_every_board_that_shows_it(scene: Scene, ear: Ear) -> None:
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    for after in (6, 120, 60 * 24, 60 * 48):
        scene.run(START + minutes(after))
    record_mark(
        seat=Seat.objects.get(), status=Status.ATTENDED, by=scene.as_ben(), at=START + minutes(60 * 49)
    )
    assert boards(ear) == {"today", "session", "worklist", "case", "cases", "overdue", "huddle"}
    assert Message.objects.exists()


def test_what_somebody_does_on_the_web_is_told_though_she_sees_little(scene: Scene, ear: Ear) -> None:
    ada = scene.admit("ada")
    scene.session(ada)
    ear.heard()
    with seen_by_staff(scene.ben.pk):
        record_mark(seat=Seat.objects.get(), status=Status.ATTENDED, by=scene.as_ben(), at=START)
    assert ear.heard() == [f"today,session:{scene.program.pk}"]


def a_reply(scene: Scene, *programs: int) -> Reply:
    delivery = VendorDelivery.objects.create(
        vendor="sms", event_id=f"{programs}", kind="inbound", received_at=START, body=b""
    )
    return Reply.objects.create(
        delivery=delivery,
        channel="sms",
        meaning="reply",
        text="?",
        programs=list(programs),
        at=START,
        by="vendor:sms",
    )


def test_words_of_a_number_that_is_nobodys_are_told_everywhere(scene: Scene, ear: Ear) -> None:
    a_reply(scene, scene.program.pk)
    a_reply(scene)
    assert ear.heard() == [f"words,case,worklist:{scene.program.pk}", "words,case,worklist:*"]


def test_of_very_many_programs_none_is_named(scene: Scene, ear: Ear) -> None:
    select("SELECT rejoin_tell_live('today', ARRAY(SELECT generate_series(10000, 10400)))")
    select("SELECT rejoin_tell_live('today', ARRAY(SELECT generate_series(10000, 10399)))")
    select("SELECT rejoin_tell_live('today', '{}')")
    select("SELECT rejoin_tell_live('today', NULL)")
    every, listed = ear.heard()
    assert every == "today:*"
    assert listed.count(",") == 399


def test_what_the_team_writes_is_told_to_whoever_looks_at_the_case_and_at_tasks(
    scene: Scene, ear: Ear
) -> None:
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(6))
    who: dict[str, Any] = {"by": scene.as_ben(), "at": START + minutes(7)}
    ear.heard()
    note = say(case=scene.case(ada), words="She is travelling", asks=scene.supervisor, **who)
    assert boards(ear) == {"case", "tasks", "huddle"}
    acknowledge(note=note, by=staff_actor(scene.supervisor.pk), at=START + minutes(8))
    assert boards(ear) == {"case", "tasks", "huddle"}
    task = add_task(
        program=scene.program,
        owner=scene.coordinator,
        words="Ask her sister",
        due_at=START + minutes(90),
        **who,
    )
    assert boards(ear) == {"case", "tasks", "huddle"}
    give_task(task=task, owner=scene.supervisor, **who)
    assert boards(ear) == {"case", "tasks", "huddle"}
    left = hand_off(program=scene.program, words="All is quiet", to_staff=scene.coordinator, **who)
    assert boards(ear) == {"tasks", "huddle"}
    read_hand_off(note=left, by=staff_actor(scene.coordinator.pk), at=START + minutes(8))
    assert boards(ear) == {"tasks", "huddle"}


def test_what_comes_of_a_make_up_is_told_to_whoever_looks_at_the_case(scene: Scene, ear: Ear) -> None:
    owing = Owing(scene)
    seat, full = owing.missed[0], owing.other_group(days=3)
    owing.other_group()
    ear.heard()
    (offer, *_) = owing.offers()
    assert boards(ear) == {"case", "today", "session"}
    wait_for(seat=seat, session=full, **owing.desk())
    assert boards(ear) == {"case"}
    accept_offer(offer=offer, **owing.desk())
    assert boards(ear) >= {"case", "today", "session"}
    waive(seat=seat, why=WaiverReason.CLINICAL, **owing.desk())
    assert boards(ear) == {"case", "session"}


def test_a_broken_glass_is_told_to_whoever_looks_after_privacy(scene: Scene, ear: Ear) -> None:
    ada = scene.admit("ada")
    ear.heard()
    glass = BrokenGlass.objects.create(
        staff=scene.ben,
        patient=ada,
        reason=GlassReason.DANGER.value,
        words="She called the front desk",
        until_at=START + minutes(60),
        at=START,
        by=str(scene.as_ben()),
    )
    BrokenGlassSeen.objects.create(glass=glass, at=START, by=str(scene.as_ben()))
    assert ear.heard() == [f"access:{scene.program.pk}"] * 2


# What no page that follows shows. A table to come is told of (`live_on`), or is named here.
UNTOLD = """
accounts_signinlink accounts_user attendance_outcome attendance_watch audit_event common_heartbeat common_refused
common_simulatedclock followup_patientwatch longwork_enclosure longwork_piece outreach_messageevent
outreach_pushsubscription outreach_vendordelivery people_address people_consent people_contact people_flag
people_licence people_patient people_staff programs_careteammember programs_enrolment programs_group
programs_levelofcare programs_policyversion programs_program programs_series programs_staffrole programs_track
rooms_heard rooms_hostedroom rooms_identity rooms_mention rooms_rawevent rooms_revisit rooms_room rooms_snapshot rooms_source
followup_handnudge visits_lock visits_telehealthconsent visits_visitturn
makeups_booking makeups_choice makeups_debt makeups_extraproposal makeups_extrasession makeups_freetime makeups_keptapart makeups_ledgerwords
makeups_offer makeups_opening makeups_planrun makeups_proposal makeups_seatprice
continuity_answer continuity_callasked continuity_catchup continuity_finished continuity_following continuity_sessionunit
continuity_signoff continuity_unitword insights_due insights_ending insights_experiment insights_experimentallotment insights_experimentreading insights_experimentstart insights_experimentstop
insights_postponed insights_progressfit insights_riskestimate insights_riskrun insights_itemanswer insights_reopening
insights_schedule insights_sheet insights_watch outreach_calendarfeed outreach_ownquiet people_birthdate people_familyclosing
people_guardianword people_relative people_tie programs_stateconfirmation
"""
"""Of visits the room's own pages are told, by a channel of their own (`visits.telling`)."""


def test_every_table_of_ours_is_told_of_or_is_known_not_to_be(scene: Scene) -> None:
    told = {
        row[0]
        for row in select("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'live_insert'")
    }
    ours = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("rejoin.")}  # noqa: SLF001
    assert ours - told == set(UNTOLD.split())
    assert told <= ours


def test_a_topic_that_no_page_can_follow_is_refused() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        live_on("programs_session", "yesterday")


def test_a_trigger_is_taken_away_as_it_was_put_there(scene: Scene, ear: Ear) -> None:
    def run(operations: Sequence[RunSQL], which: str) -> None:
        for each in operations:
            execute(str(getattr(each, which)))

    made = live_on("programs_program", "huddle", of=Of("id", "SELECT id FROM changed"), shown=("name",))
    run(made, "sql")
    execute("UPDATE programs_program SET name = 'Night'")
    run(made, "reverse_sql")
    execute("UPDATE programs_program SET name = 'Day'")
    assert ear.heard() == [f"huddle:{scene.program.pk}"]


def test_every_function_that_tells_runs_as_the_tables_owner_and_finds_only_ours(scene: Scene) -> None:
    found = select(
        "SELECT prosecdef, proconfig FROM pg_proc WHERE starts_with(proname, 'rejoin_live_') OR proname = 'rejoin_tell_live'"
    )
    assert len(found) > 30
    assert all(each == (True, ["search_path=public, pg_temp"]) for each in found)


# What waits for a page.


def follower(*topics: str, whose: Whose = BEN) -> Follower:
    return Follower(whose=whose, topics=frozenset(topics))


def test_what_waits_for_a_slow_page_is_told_once_a_topic() -> None:
    page = follower("today", "case")
    for number in range(1000):
        page.tell("today", {1 + number % 2})
    page.tell("case", {1})
    page.tell("words", {1})
    assert page.take() == {"today": {1, 2}, "case": {1}}
    assert page.take() == {}


def test_nobody_hears_of_a_program_in_which_she_has_no_role() -> None:
    page = follower("today")
    page.tell("today", {3})
    assert page.take() == {}
    page.tell("today", {2, 3})
    assert page.take() == {"today": {2}}
    page.tell("today", None)
    assert page.take() == {"today": {1, 2}}


def test_what_waited_for_her_is_not_told_when_her_role_has_ended_meanwhile() -> None:
    page = follower("today", "case")
    page.tell("today", {1})
    page.tell("case", {2})
    page.whose = Whose(staff_id=1, programs=frozenset({2}))
    assert page.take() == {"case": {2}}


def test_after_a_refresh_there_is_nothing_else_to_say() -> None:
    page = follower("today")
    page.tell("today", {1})
    page.tell(REFRESH, None)
    assert page.take() == {REFRESH: {1, 2}}


def test_one_person_has_so_many_pages_and_another_has_hers() -> None:
    hub = Hub()
    pages = [hub.add(BEN, ["today"]) for _ in range(live.MOST_STREAMS)]
    assert all(pages)
    assert hub.add(BEN, ["today"]) is None
    assert hub.add(Whose(staff_id=2, programs=BEN.programs), ["today"])
    pages.pop()
    assert hub.add(BEN, ["today"]), "a page that is gone takes nobody's place"


def test_the_more_pages_are_open_the_less_often_each_looks_again() -> None:
    hub = Hub()
    pages = [hub.add(Whose(staff_id=number, programs=BEN.programs), ["today"]) for number in range(10)]
    assert hub.pace == pytest.approx(0.5)
    pages += [hub.add(Whose(staff_id=number, programs=BEN.programs), ["today"]) for number in range(90)]
    assert hub.pace == live.SLOWEST_PACE_SECONDS
    del pages
    assert hub.pace == live.PACE_SECONDS


# A stream, in one process.

Events = AsyncGenerator[str, None]


async def still() -> Whose:
    return BEN


async def next_event(events: Events) -> str:
    """The next that is no heartbeat."""
    while True:
        said = await asyncio.wait_for(anext(events), 10)
        if said != live.HEARTBEAT:
            return said


def follow(
    check: Callable[[Hub, Follower, Events], Any], *, again: bool = False, look: live.Look = still
) -> None:
    """Runs `check` on a page that follows today and cases, with a hub at the real database."""

    async def run() -> None:
        hub = Hub()
        page = hub.add(BEN, ["today", "case"])
        assert page is not None
        async with aclosing(stream(hub, page, again=again, look=look)) as events:
            assert await anext(events) == "retry: 2000\nid: 1\n\n"
            await check(hub, page, events)
        hub.end()

    asyncio.run(run())


def tell(payload: str) -> None:
    """As a trigger would, from another process."""
    execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def is_heard(database: str) -> bool:
    """Whether anybody listens."""
    with psycopg.connect(database, autocommit=True) as other:
        return bool(other.execute(f"SELECT {LISTENING}".encode()).fetchall())


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(live, "STANDING_SECONDS", 0.1)
    monkeypatch.setattr(live, "LONGEST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(live, "PACE_SECONDS", 0.01)


def test_a_page_looks_again_when_the_database_is_first_heard_and_at_every_word(database_address: str) -> None:
    with psycopg.connect(database_address, autocommit=True) as other:

        async def check(hub: Hub, page: Follower, events: Events) -> None:
            assert await next_event(events) == "event: refresh\ndata: 1,2\n\n"
            other.execute(f"SELECT pg_notify('{CHANNEL}', 'today,words:2,3')".encode())
            assert await next_event(events) == "event: today\ndata: 2\n\n"
            other.execute(f"SELECT pg_notify('{CHANNEL}', 'case:*')".encode())
            assert await next_event(events) == "event: case\ndata: 1,2\n\n"

        follow(check)


class Deaf(Hub):
    """Hears what the test says."""

    async def listen(self) -> None:
        await asyncio.Event().wait()


def test_what_happened_while_a_page_was_on_its_way_is_told_on_its_stream() -> None:
    at = [0.0]

    async def check() -> None:
        hub = Deaf(now=lambda: at[0])

        def joins(*, again: bool = False) -> Mapping[str, Collection[int]]:
            page = hub.add(BEN, ["today", "case"])
            assert page is not None
            hub.follow(page, again=again)
            return page.take()

        assert joins() == {}, "it is refreshed once the database is heard"
        hub.begin()
        assert joins() == {REFRESH: {1, 2}}, "what came before is not known"
        at[0] = 100.0
        for told in ("today:1,3", "words:1", "case:*"):
            hub.hear(told)
        assert joins() == {"today": {1}, "case": {1, 2}}
        assert joins(again=True) == {REFRESH: {1, 2}}
        at[0] += live.ON_ITS_WAY_SECONDS + 1
        assert joins() == {}
        hub.end()

    asyncio.run(check())


def test_a_database_that_was_away_makes_every_page_look_again(database_address: str) -> None:
    end = f"SELECT pg_terminate_backend(pid) {LISTENING}".encode()
    with psycopg.connect(database_address, autocommit=True) as other:

        async def check(hub: Hub, page: Follower, events: Events) -> None:
            assert await next_event(events) == "event: refresh\ndata: 1,2\n\n"
            other.execute(end)
            assert await next_event(events) == "event: refresh\ndata: 1,2\n\n"

        follow(check)


def test_a_page_hears_that_its_stream_lives(hasty: None, database_address: str) -> None:
    async def check(hub: Hub, page: Follower, events: Events) -> None:
        await next_event(events)
        assert [await anext(events) for _ in range(3)] == [live.HEARTBEAT] * 3

    follow(check)


def test_a_stream_ends_when_she_may_not_follow_any_more(hasty: None, database_address: str) -> None:
    async def gone() -> None:
        return None

    async def check(hub: Hub, page: Follower, events: Events) -> None:
        assert [each async for each in events if each.startswith("event: today")] == []

    follow(check, look=gone)


def test_nothing_is_told_while_nobody_can_say_whether_she_may_follow(
    hasty: None, database_address: str
) -> None:
    asked: list[int] = []

    async def away() -> Whose:
        asked.append(1)
        if len(asked) < 5:
            raise OperationalError
        return BEN

    async def check(hub: Hub, page: Follower, events: Events) -> None:
        await next_event(events)
        while not asked:
            await anext(events)
        page.tell("today", {1})
        assert await next_event(events) == "event: today\ndata: 1\n\n"
        assert len(asked) == 5

    follow(check, look=away)


def test_a_hub_falls_silent_a_while_after_the_last_page_has_gone(
    monkeypatch: pytest.MonkeyPatch, database_address: str
) -> None:
    async def check() -> None:
        hub = Hub()

        async def open_and_close() -> str:
            page = hub.add(BEN, ["today"])
            assert page is not None
            async with aclosing(stream(hub, page, again=False, look=still)) as events:
                await next_event(events)
                return await next_event(events)

        await open_and_close()
        assert is_heard(database_address)
        await open_and_close()
        monkeypatch.setattr(live, "LISTEN_ON_SECONDS", 0.0)
        await open_and_close()
        await asyncio.to_thread(wait_until, lambda: not is_heard(database_address))

    asyncio.run(check())


# What a page is answered.


def answer(client: Client, query: str = "?topics=today", **headers: str) -> tuple[int, str, str]:
    """The status, where else to go, and how what is said begins: of a stream as far as its first event."""

    async def ask() -> tuple[int, str, str]:
        asking = AsyncClient()
        asking.cookies = client.cookies
        found = await asking.get(f"/live/{query}", headers=headers)
        said = ""
        if isinstance(found, StreamingHttpResponse):
            async for part in aiter(found):
                said += part.decode()
                if "event" in said:
                    break
        else:
            said = found.content.decode()
        hub().end()
        return found.status_code, found.headers.get("Location", ""), said

    return asyncio.run(ask())


def test_whoever_is_signed_in_and_works_in_a_program_follows_it(scene: Scene) -> None:
    status, _, said = answer(client_of(scene.ben))
    assert (status, said) == (200, f"{live.BEGIN}event: refresh\ndata: {scene.program.pk}\n\n")


def test_whoever_is_not_is_sent_where_she_can_sign_in_and_told_so_if_she_followed_before(
    scene: Scene,
) -> None:
    status, elsewhere, _ = answer(Client())
    assert (status, elsewhere.partition("?")[0]) == (302, "/account/login/")
    half = signed_in(account_of(scene.ben), "password")
    assert answer(half)[0] == 302
    assert answer(half, **{live.COMES_BACK: "1"}) == (200, "", live.SIGNED_OUT)


def test_nothing_is_there_for_whoever_works_in_no_program_or_names_no_board(scene: Scene) -> None:
    stranger = client_of(Staff.objects.create(name="dora"))
    assert answer(stranger)[0] == 404
    assert answer(client_of(scene.ben), "?topics=yesterday")[0] == 404
    assert answer(client_of(scene.ben), "")[0] == 404
    assert client_of(scene.ben).post("/live/?topics=today").status_code == 404
    assert client_of(scene.ben).head("/live/?topics=today").status_code == 404
    assert answer(stranger, **{live.COMES_BACK: "1"}) == (200, "", live.SIGNED_OUT)


def test_who_has_too_many_pages_open_is_told_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 0)
    status, _, said = answer(client_of(scene.ben))
    assert (status, said.partition(".")[0]) == (429, "10 pages follow what happens already")


def test_what_she_may_follow_is_asked_of_her_session_as_it_is(scene: Scene) -> None:
    client = client_of(scene.ben)
    session = client.session
    assert look_again(session) == Whose(staff_id=scene.ben.pk, programs=frozenset({scene.program.pk}))
    StaffRole.objects.filter(staff=scene.ben).update(ended_at=START - minutes(60), ended_by="command")
    assert look_again(session) is None
    client.session.flush()
    assert look_again(session) is None
