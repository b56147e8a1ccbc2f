"""The trail: every action there is leaves its event in the transaction of what it writes, or writes nothing."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from rejoin.audit.models import Event
from rejoin.audit.trail import ACTIONS, READS, Untold, action, nothing_to_tell, record, record_read
from rejoin.common.actors import COMMAND, ENGINE, Actor
from rejoin.common.rows import select
from rejoin.people.models import Staff
from tests.apps.scene import START
from tests.apps.walking import EXAMPLES, Act, Stage, load_actions
from tests.apps.writes import sources, unguarded

WHO: Any = {"by": COMMAND, "at": START}
# What these come to is told row by row, by what they call.
TOLD_BY = {
    "outreach.claim": "outreach.move",
    "outreach.write_down": "outreach.move",
    "outreach.give_up_waiting": "outreach.move",
    "outreach.settle": "outreach.move",
}
# What writes without an event: which tables, and why that is enough.
SAYS_ITSELF = {
    "rooms.take_in": ({"rooms_rawevent"}, "the row says who brought it and when, and never changes"),
    "rooms.refuse": ({"common_refused"}, "nothing came in: it is counted"),
    "rooms.keep_snapshot": (
        {"rooms_snapshot", "rooms_hostedroom", "rooms_source"},
        "what the engine answered, written over every ten seconds: work notes",
    ),
}
# The same of what is no action at all, and is led to by none.
NO_ACTIONS = {
    "rejoin.audit.trail.record_all": "the trail itself",
    "rejoin.common.clock.simulate": "the clock of a demonstration or a test",
    "rejoin.common.clock.run_on_real_time": "as above",
    "rejoin.accounts.sessions.forget_ended": "sessions that nobody can use any more",
    "rejoin.accounts.sessions.renew_key": "the key of a session, and no session",
    "rejoin.demo.building._subscribe": "the demonstration's own browsers",
    "rejoin.attendance.sweep.sweep_sessions": "a poisoned row's next try: a work note",
    "rejoin.followup.hearing.sweep_messages": "as above",
    "rejoin.followup.patterns.sweep_patients": "as above",
    "rejoin.followup.sweep.sweep_cases": "as above",
    "rejoin.followup.sweep.sweep_statuses": "as above",
    "rejoin.followup.nudging.sweep_nudges": "as above",
    "rejoin.makeups.ledgers.sweep_ledgers": "as above",
    "rejoin.insights.nights._push_forward": "as above",
    "rejoin.insights.nights.sweep_night": "that it failed no more: a work note",
    "rejoin.visits.actions.note_microphone": "what her page has on her tile; a work note that tells of nothing she did",
    "rejoin.visits.actions.still_here": "when a page of hers last asked: a work note",
    "rejoin.rooms.sweep._read_new": "as above",
    "rejoin.rooms.sweep._revisit": "as above",
    "rejoin.rooms.polling._claim": "who looks at a room, and when next: a work note",
    "rejoin.outreach.inbox._put_aside": "as above",
    "rejoin.outreach.inbox._let_wait": "as above",
    "rejoin.outreach.sending.look_up_unsure": "how often a vendor was asked: a work note",
    "rejoin.outreach.channels.sms_twilio.TwilioSms": "the vendor's messages, not ours",
    "rejoin.outreach.webhooks._refuse": "nothing came in: it is counted",
    "rejoin.accounts.counting.CountedInDatabase": "how often something was tried: it is counted",
    "rejoin.followup.engine.beat": "that a worker lives",
    "rejoin.longwork.running.run_next": "who is at a piece of work: a work note",
    "rejoin.longwork.running._give_back": "as above",
    "rejoin.longwork.progress.tell": "how far it is: a work note",
    "rejoin.operations.working._say_goodbye": "that a worker lives",
    "rejoin.operations.working.drop_lost_jobs": "the queue of wake-ups",
    "rejoin.operations.working.forget_lost_workers": "as above",
}
# The trail itself, and the queue of wake-ups.
BESIDE = ("audit_", "procrastinate_", "django_")
WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
 WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SUBJECT = re.compile(r"[a-z]+:[0-9-]+")


@pytest.fixture
def stage(db: None, tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_every_action_has_an_example_and_every_example_an_action() -> None:
    assert set(load_actions()) == set(EXAMPLES)


@pytest.mark.parametrize("verb", sorted(load_actions()))
def test_what_an_action_writes_it_tells_and_both_go_together(verb: str, stage: Stage) -> None:
    act = EXAMPLES[verb](stage)
    assert wrong_with(verb, act) == []


def wrong_with(verb: str, act: Act) -> list[str]:
    """What is wrong with how an action tells of itself. It is taken back again."""
    last, counted, stood = _latest_event(), written(), everything()
    with transaction.atomic():
        act()
        told = list(Event.objects.filter(pk__gt=last).order_by("pk"))
        tables = {name for name, count in written().items() if count != counted.get(name)}
        transaction.set_rollback(True)
    found = [*_untold(verb, tables, told), *_ill_told(told)]
    if _latest_event() != last:
        found.append("an event outlives what it tells of")
    if everything() != stood:
        found.append("what was written outlives its event")
    return found


def _untold(verb: str, tables: set[str], told: list[Event]) -> list[str]:
    if verb in SAYS_ITSELF:
        return [] if tables == SAYS_ITSELF[verb][0] and not told else [f"wrote {tables}, told {len(told)}"]
    wanted = TOLD_BY.get(verb, verb)
    if wanted in {each.verb for each in told}:
        return []
    return [f"wrote {sorted(tables)} and told nothing as {wanted}"]


def _ill_told(told: list[Event]) -> list[str]:
    known = {*ACTIONS, *TOLD_BY.values()}
    return [
        f"{each.verb} of {each.subject!r} by {each.by!r}"
        for each in told
        if each.verb not in known
        or not SUBJECT.fullmatch(each.subject)
        or not each.by
        or not re.fullmatch(r"[a-z_]*", each.reason)
    ]


def written() -> dict[str, int]:
    """Rows written in this transaction so far, by table: counted by the database, whoever wrote them."""
    return {name: count for name, count in select(WRITTEN) if not name.startswith(BESIDE)}


def everything() -> dict[str, str]:
    """All rows of all tables, each table as one word."""
    tables = [row[0] for row in select(TABLES)]
    words = (
        f"SELECT '{each}', md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM \"{each}\" AS t"
        for each in tables
    )
    return dict(select(" UNION ALL ".join(words)))


def _latest_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_an_event_says_who_and_when(stage: Stage) -> None:
    EXAMPLES["people.raise_flag"](stage)()
    event = Event.objects.latest("pk")
    assert (event.verb, event.by, event.patient_ref) == (
        "people.raise_flag",
        f"staff:{stage.scene.ben.pk}",
        stage.ada.pk,
    )
    assert event.at == stage.desk()["at"]


def test_who_looks_leaves_one_event_and_no_action_goes_by_the_name_of_a_reading(stage: Stage) -> None:
    before = _latest_event()
    record_read(f"case:{stage.case.pk}", patient=stage.ada.pk, program=stage.scene.program.pk, **stage.desk())
    told = Event.objects.filter(pk__gt=before).exclude(by=str(ENGINE)).get()
    assert (told.verb, told.by, told.patient_ref) == (
        "people.read_chart",
        str(stage.scene.as_ben()),
        stage.ada.pk,
    )
    assert not READS & set(load_actions())
    with pytest.raises(ValueError, match="not a reading"):
        record_read("case:1", patient=1, verb="people.raise_flag", **stage.desk())


def test_no_action_is_done_by_nobody_or_at_no_time() -> None:
    for verb, act in load_actions().items():
        for who in ({}, {"by": COMMAND}, {"at": START}, {"by": "staff:1", "at": START}):
            with pytest.raises(TypeError, match=re.escape(verb)):
                act(**who)


# The check can fail


@pytest.fixture
def planted() -> Iterator[Callable[[Callable[..., None]], Act]]:
    """An action of this test's own."""

    def plant(function: Callable[..., None]) -> Act:
        act = action("test.planted")(function)
        return lambda: act(**WHO)

    yield plant
    ACTIONS.pop("test.planted", None)


def test_an_action_without_an_example_is_noticed(planted: Callable[..., Act]) -> None:
    planted(lambda *, by, at: None)
    assert set(load_actions()) != set(EXAMPLES)


@pytest.mark.django_db
def test_an_action_that_tells_nothing_is_not_committed(planted: Callable[..., Act]) -> None:
    def hire(*, by: Actor, at: Any) -> None:
        Staff.objects.create(name="noor")

    with pytest.raises(Untold):
        planted(hire)()
    assert not Staff.objects.exists()


@pytest.mark.django_db
def test_an_action_that_says_it_had_nothing_to_tell_and_writes_is_found(planted: Callable[..., Act]) -> None:
    def hire(*, by: Actor, at: Any) -> None:
        Staff.objects.create(name="noor")
        nothing_to_tell("test.planted")

    assert wrong_with("test.planted", planted(hire)) == [
        "wrote ['people_staff'] and told nothing as test.planted"
    ]


@pytest.mark.django_db
def test_an_action_that_names_somebody_in_the_trail_is_found(planted: Callable[..., Act]) -> None:
    def hire(*, by: Actor, at: Any) -> None:
        record("test.planted", "patient:1", by=by, at=at, reason="Ada Moreau")
        record("test.planted", "patient:Ada", by=by, at=at)

    assert len(wrong_with("test.planted", planted(hire))) == 2


# Nothing writes beside the actions


def test_tables_are_written_by_actions_and_by_what_is_named_here() -> None:
    assert set(unguarded(sources())) == set(NO_ACTIONS)


@pytest.mark.parametrize(
    "written",
    [
        "Staff.objects.create(name='noor')",
        "Staff.objects.filter(pk=1).update(name='noor')",
        "Staff.objects.all().delete()",
        "Staff.objects.bulk_create([])",
        "staff.save()",
        "insert_rows(Staff, (), [])",
        "execute('UPDATE people_staff SET name = 1')",
        "select('INSERT INTO people_staff VALUES (1) RETURNING id')",
        "cursor.execute(SQL, [])",
        "cursor.execute(f'{SQL} RETURNING id')",
    ],
)
def test_a_write_that_no_action_leads_to_is_found(written: str) -> None:
    text = f'SQL: Final = """DELETE FROM people_staff"""\ndef hire():\n    {written}\n'
    if "f'" in written:
        text = text.replace("f'{SQL} RETURNING id'", "f'DELETE FROM people_staff WHERE {SQL}'")
    assert unguarded({"rejoin.planted": text}) == {"rejoin.planted.hire": [3]}


def test_what_only_actions_lead_to_is_theirs_and_what_else_leads_to_is_found() -> None:
    helper = "def _keep():\n    Staff.objects.create()\n"
    acts = "@action('a.b')\ndef act():\n    _keep()\n"
    beside = "def sweep():\n    _keep()\n"
    assert unguarded({"rejoin.planted": helper + acts}) == {}
    assert set(unguarded({"rejoin.planted": helper + acts + beside})) == {"rejoin.planted._keep"}
    away = "from rejoin.planted import _keep\ndef sweep():\n    _keep()\n"
    assert set(unguarded({"rejoin.planted": helper + acts, "rejoin.away": away})) == {"rejoin.planted._keep"}


@pytest.mark.parametrize(
    "read",
    [
        "select('SELECT 1 FROM people_staff FOR UPDATE SKIP LOCKED')",
        "select('SELECT 1 FROM people_staff FOR NO KEY UPDATE')",
        "told.update(verbs)",
        "Staff.objects.filter(pk=1).first()",
    ],
)
def test_reading_is_no_writing(read: str) -> None:
    assert unguarded({"rejoin.planted": f"def look():\n    {read}\n"}) == {}
