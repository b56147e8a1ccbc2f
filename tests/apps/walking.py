"""One running example of every action: what has to be there first, and then the action itself."""

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.test import override_settings

import rejoin
from rejoin.accounts import actions as accounts
from rejoin.accounts.models import User
from rejoin.accounts.vocabulary import Change, Factor, Purpose
from rejoin.attendance import actions as attendance
from rejoin.attendance import sheets
from rejoin.attendance.sheets import SheetMark
from rejoin.attendance.sweep import look_at_sessions, sweep_sessions
from rejoin.audit.trail import ACTIONS
from rejoin.common import clock
from rejoin.common.actors import COMMAND, ENGINE, IMPORT, patient_actor, staff_actor, vendor_actor
from rejoin.continuity import actions as continuity
from rejoin.continuity.vocabulary import Let, Wants
from rejoin.domain.attendance import Status
from rejoin.domain.consent import About, Service
from rejoin.domain.measures import instrument_called
from rejoin.domain.safety import SafetyStep, StepResult
from rejoin.followup import actions as followup
from rejoin.followup import experiments
from rejoin.followup.hearing import hear_of_messages, read_reply, take_replies
from rejoin.followup.makeups import ask_for_a_time
from rejoin.followup.measures import raise_concerns, take_measure
from rejoin.followup.models import Case, Review, Step, Task
from rejoin.followup.nudging import nudge_by_hand, send_nudges
from rejoin.followup.offered import tell_offered
from rejoin.followup.patterns import look_at_patients
from rejoin.followup.sweep import act_on_statuses, follow_cases
from rejoin.followup.vocabulary import AttemptOutcome, DisclosureBasis, FinalOutcome, Origin, SafetyResult
from rejoin.followup.ways_back import tell_ways_back
from rejoin.insights import actions as insights
from rejoin.insights.models import Due
from rejoin.insights.parameters import fit_program
from rejoin.insights.risk import estimate_program
from rejoin.insights.sweep import follow_measures
from rejoin.insights.vocabulary import How
from rejoin.longwork.actions import ask_for_work, empty_old_files, end_work, stop_work, take_file
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.models import Work
from rejoin.longwork.vocabulary import Kind, Part, State
from rejoin.makeups import actions as makeups
from rejoin.makeups import vocabulary as makeup_words
from rejoin.makeups.models import Offer
from rejoin.makeups.world import worlds_of_program
from rejoin.operations.exporting import export_folder
from rejoin.operations.importing import import_folder
from rejoin.outreach import inbox, sending
from rejoin.outreach.calendars import close_calendar, open_calendar
from rejoin.outreach.channels.port import AnswerLost
from rejoin.outreach.inviting import invite_patient
from rejoin.outreach.inviting_family import invite_relative
from rejoin.outreach.models import Message, Reply, VendorDelivery
from rejoin.outreach.outbox import Move
from rejoin.outreach.quiet import set_quiet
from rejoin.outreach.subscribing import subscribe, unsubscribe
from rejoin.outreach.vocabulary import MessageState
from rejoin.outreach.writing import write
from rejoin.people import actions as people
from rejoin.people.her_own import flag_herself
from rejoin.people.models import Contact, Patient
from rejoin.people.relatives import Relative
from rejoin.people.vocabulary import AddressKind, Language, Relation, WhyClosed
from rejoin.people.vocabulary import Purpose as ConsentPurpose
from rejoin.programs import actions as programs
from rejoin.programs.glass import BrokenGlass
from rejoin.programs.intake import NewSession
from rejoin.programs.minors import confirm_state, rule_of, withdraw_state
from rejoin.programs.models import CareTeamMember, Enrolment, Seat, Session, StaffRole
from rejoin.programs.vocabulary import Ending, GlassReason, Release, Role
from rejoin.rooms import actions as rooms
from rejoin.rooms.engines.port import Connection
from rejoin.rooms.fake import Visit, events_of
from rejoin.rooms.hosting import close_hosted, host_session, move_hosted, reopen_hosted
from rejoin.rooms.inbox import Delivery, deliver
from rejoin.rooms.models import RawEvent, Revisit, Stranger
from rejoin.rooms.polling import keep_snapshot
from rejoin.rooms.sweep import read_events
from rejoin.rooms.vocabulary import ReadState, SettledAs
from rejoin.visits import actions as visits
from rejoin.visits.models import Visit as RoomVisit
from tests.apps.continuity_scene import STAYING, Following, staying
from tests.apps.makeups_rows import MakeupRows
from tests.apps.makeups_scene import NEXT_DAY, FakePlan, Owing, nowhere
from tests.apps.scene import LETTERS, START, Scene, minutes
from tests.builders.folder import FolderBuilder

Act = Callable[[], object]
EXAMPLES: dict[str, Callable[["Stage"], Act]] = {}
BEFORE = START - timedelta(hours=2)
AFTER_AN_HOUR = START + minutes(62)
LATER = START + timedelta(hours=4)
NEXT = START + timedelta(days=7)
ROOM = "blue"
SID = f"SM{1:032x}"
BROWSER = '{"endpoint": "https://fcm.googleapis.com/fcm/send/a", "keys": {"p256dh": "k", "auth": "a"}}'


@dataclass
class Stage:
    """A scene with ada on it, and a folder to write into."""

    path: Path
    scene: Scene = field(default_factory=Scene)

    @cached_property
    def ada(self) -> Patient:
        return self.scene.admit("ada")

    @cached_property
    def account(self) -> User:
        """Ben's."""
        return accounts.open_account(person=self.scene.ben, email="ben@example.org", **self.desk())

    @cached_property
    def session(self) -> Session:
        return self.scene.session(self.ada)

    @cached_property
    def seat(self) -> Seat:
        return Seat.objects.get(session=self.session, patient=self.ada)

    @cached_property
    def case(self) -> Case:
        """She was missed, and the system has written to her."""
        self.scene.watched(self.session)
        self.scene.run(START + minutes(61))
        return self.scene.case(self.ada)

    @cached_property
    def work(self) -> Work:
        return ask_for_work(kind=Kind.EXPORT, program=self.scene.program, given={}, **self.desk())

    @cached_property
    def visit(self) -> RoomVisit:
        """She has asked to come in."""
        return visits.ask_in(seat=self.seat, ref="p-1", display_name="A.", **self.desk(START))

    @property
    def place(self) -> Enrolment:
        return Enrolment.objects.get(patient=self.ada)

    def step(self, rule: str) -> Step:
        return Step.objects.get(case=self.case, rule=rule)

    def desk(self, at: datetime = BEFORE) -> dict[str, Any]:
        return {"by": self.scene.as_ben(), "at": at}

    def engine(self, at: datetime = AFTER_AN_HOUR) -> dict[str, Any]:
        return {"by": ENGINE, "at": at}

    def write(self, body: str) -> VendorDelivery:
        """What she texted, taken in and not read yet."""
        told = {"MessageSid": SID, "From": "+15550100", "To": "+15550199", "Body": body}
        inbox.take_in(
            vendor="twilio", kind="inbound", params=told, query={}, by=vendor_actor("twilio"), at=START
        )
        return VendorDelivery.objects.latest("pk")

    def queue(self) -> Message:
        """She is missed, and a message to her waits to go out."""
        self.scene.watched(self.session)
        self.scene.run(START + minutes(5), send=False)
        return Message.objects.get(patient=self.ada)

    def hear(self, ref: str = "x", at: datetime = START) -> list[int]:
        """Somebody was in the room, and nobody has read of it yet."""
        rooms.name_rooms(names=[(self.session.pk, ROOM)], by=COMMAND, at=BEFORE)
        visit = Visit(room=ROOM, ref=ref, joined_at=at, left_at=at + minutes(90))
        told = [deliver("livekit", json.dumps(event.body).encode()) for event in events_of([visit])]
        rooms.take_in(provider="livekit", deliveries=told, by=vendor_actor("livekit"), at=at)
        return list(RawEvent.objects.order_by("pk").values_list("pk", flat=True))

    def stranger(self) -> Stranger:
        self.hear("somebody-else")
        while read_events(LATER):
            pass
        return Stranger.objects.get(session=self.session)

    def folder(self) -> Path:
        builder = FolderBuilder(self.path / "folder", policy="a")
        builder.patient("P1", name="Mara", **{"from": "2026-09-01"})
        builder.session("S9", "2026-10-14T18:00", "2026-10-14T21:15", facilitator="Noor")
        return builder.write()


def load_actions() -> dict[str, Callable[..., Any]]:
    """Every action there is, wherever in the package it stands."""
    for module in pkgutil.walk_packages(rejoin.__path__, "rejoin."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return ACTIONS


def example(verb: str) -> Callable[[Callable[[Stage], Act]], Callable[[Stage], Act]]:
    """What runs `verb`: it prepares, and returns what is left to do."""

    def keep(prepare: Callable[[Stage], Act]) -> Callable[[Stage], Act]:
        EXAMPLES[verb] = prepare
        return prepare

    return keep


# People


@example("people.add_patient")
def _(stage: Stage) -> Act:
    return partial(
        people.add_patient, external_id="P9", timezone="America/New_York", name="Eve", **stage.desk()
    )


@example("people.change_patient")
def _(stage: Stage) -> Act:
    return partial(people.change_patient, patient=stage.ada, state="NJ", **stage.desk())


@example("people.add_address")
def _(stage: Stage) -> Act:
    return partial(
        people.add_address,
        patient=stage.ada,
        kind=AddressKind.EMAIL,
        value="ada@example.org",
        **stage.desk(),
    )


@example("people.retire_address")
def _(stage: Stage) -> Act:
    return partial(people.retire_address, address=stage.ada.addresses.get(), **stage.desk())


@example("people.add_contact")
def _(stage: Stage) -> Act:
    return partial(
        people.add_contact, patient=stage.ada, relation=Relation.GUARDIAN, name="Eli", **stage.desk()
    )


@example("people.retire_contact")
def _(stage: Stage) -> Act:
    contact = people.add_contact(patient=stage.ada, relation=Relation.GUARDIAN, **stage.desk())
    return partial(people.retire_contact, contact=contact, **stage.desk())


@example("people.record_consent")
def _(stage: Stage) -> Act:
    return partial(people.record_consent, patient=stage.ada, channel="email", granted=True, **stage.desk())


@example("people.record_stop")
def _(stage: Stage) -> Act:
    return partial(people.record_stop, patient=stage.ada, **stage.desk())


def _guardian(stage: Stage) -> Contact:
    return people.add_contact(patient=stage.ada, relation=Relation.GUARDIAN, name="Eli", **stage.desk())


@example("people.record_birth_date")
def _birth_date(stage: Stage) -> Act:
    return partial(people.record_birth_date, patient=stage.ada, born_on=date(2011, 3, 1), **stage.desk())


@example("people.record_guardian_word")
def _guardian_word(stage: Stage) -> Act:
    eli = _guardian(stage)
    return partial(
        people.record_guardian_word,
        guardian=eli,
        contact=eli,
        about=About.ATTENDANCE,
        granted=True,
        **stage.desk(),
    )


@example("people.close_to_family")
def _close_to_family(stage: Stage) -> Act:
    return partial(people.close_to_family, contact=_guardian(stage), why=WhyClosed.COURT, **stage.desk())


@example("people.open_to_family")
def _open_to_family(stage: Stage) -> Act:
    eli = _guardian(stage)
    people.close_to_family(contact=eli, why=WhyClosed.COURT, **stage.desk())
    return partial(people.open_to_family, contact=eli, **stage.desk())


def _grace(stage: Stage) -> Contact:
    """Of a patient who is grown up, and who lets her see a page."""
    people.record_birth_date(patient=stage.ada, born_on=date(1990, 3, 1), **stage.desk())
    grace = people.add_contact(
        patient=stage.ada,
        relation=Relation.SUPPORTER,
        name="Grace",
        email="grace@example.org",
        **stage.desk(),
    )
    people.record_consent(
        patient=stage.ada,
        contact=grace,
        channel="portal",
        purpose=ConsentPurpose.SCHEDULING,
        granted=True,
        **stage.desk(),
    )
    return grace


@example("people.tie_relative")
def _tie_relative(stage: Stage) -> Act:
    relative = Relative.objects.create(timezone="UTC")
    return partial(people.tie_relative, contact=_guardian(stage), relative=relative, **stage.desk())


@example("people.change_relative")
def _change_relative(stage: Stage) -> Act:
    relative = Relative.objects.create(timezone="UTC")
    return partial(people.change_relative, relative=relative, language="es", **stage.desk())


@example("outreach.invite_relative")
def _invite_relative(stage: Stage) -> Act:
    return partial(invite_relative, contact=_grace(stage), program=stage.scene.program, **stage.desk())


@example("programs.confirm_state")
def _confirm_state(stage: Stage) -> Act:
    given: Any = {"program": stage.scene.program, "state": "NM", "service": Service.MENTAL_HEALTH}
    return partial(
        confirm_state, edition=rule_of("NM", Service.MENTAL_HEALTH).checked_on, **given, **stage.desk()
    )


@example("programs.withdraw_state")
def _withdraw_state(stage: Stage) -> Act:
    given: Any = {"program": stage.scene.program, "state": "NM", "service": Service.MENTAL_HEALTH}
    return partial(withdraw_state, **given, **stage.desk())


@example("people.raise_flag")
def _(stage: Stage) -> Act:
    return partial(people.raise_flag, patient=stage.ada, code="high_risk", **stage.desk())


@example("people.end_flag")
def _(stage: Stage) -> Act:
    return partial(people.end_flag, flag=stage.scene.flag(stage.ada, "high_risk"), **stage.desk())


@example("people.add_staff")
def _(stage: Stage) -> Act:
    return partial(people.add_staff, name="noor", **stage.desk())


@example("people.grant_licence")
def _(stage: Stage) -> Act:
    return partial(people.grant_licence, staff=stage.scene.ben, state="NJ", **stage.desk())


@example("people.end_licence")
def _(stage: Stage) -> Act:
    licence = stage.scene.ben.licences.get()
    return partial(people.end_licence, licence=licence, until_on=date(2027, 1, 1), **stage.desk())


# Programs


@example("programs.add_program")
def _(stage: Stage) -> Act:
    return partial(
        programs.add_program,
        slug="dawn",
        name="Dawn",
        neutral_name="Harbor",
        call_back="555-0100",
        timezone="America/New_York",
        **stage.desk(),
    )


@example("programs.add_group")
def _(stage: Stage) -> Act:
    return partial(programs.add_group, program=stage.scene.program, name="Green", **stage.desk())


@example("programs.say_whom_it_is_for")
def _(stage: Stage) -> Act:
    return partial(
        programs.say_whom_it_is_for, group=stage.scene.group, language=Language.SPANISH, **stage.desk()
    )


@example("programs.give_role")
def _(stage: Stage) -> Act:
    return partial(
        programs.give_role,
        program=stage.scene.program,
        staff=stage.scene.ben,
        role=Role.DIRECTOR,
        **stage.desk(),
    )


@example("programs.end_role")
def _(stage: Stage) -> Act:
    role = StaffRole.objects.get(staff=stage.scene.coordinator)
    return partial(programs.end_role, role=role, **stage.desk())


@example("programs.assign_care_team")
def _(stage: Stage) -> Act:
    return partial(
        programs.assign_care_team,
        patient=stage.ada,
        program=stage.scene.program,
        staff=stage.scene.supervisor,
        role=Role.THERAPIST,
        **stage.desk(),
    )


@example("programs.end_care_team")
def _(stage: Stage) -> Act:
    member = CareTeamMember.objects.get(patient=stage.ada)
    return partial(programs.end_care_team, member=member, **stage.desk())


@example("programs.enrol")
def _(stage: Stage) -> Act:
    group = programs.add_group(program=stage.scene.program, name="Green", **stage.desk())
    return partial(
        programs.enrol, patient=stage.ada, program=stage.scene.program, group=group, **stage.desk()
    )


@example("programs.change_enrolment")
def _(stage: Stage) -> Act:
    return partial(
        programs.change_enrolment,
        enrolment=stage.place,
        from_on=date(2026, 8, 1),
        until_on=date(2027, 1, 1),
        **stage.desk(),
    )


@example("programs.end_enrolment")
def _(stage: Stage) -> Act:
    assert stage.seat
    return partial(programs.end_enrolment, enrolment=stage.place, ending=Ending.COMPLETED, **stage.desk())


@example("programs.publish_policy")
def _(stage: Stage) -> Act:
    text = LETTERS["a"].read_text().replace("version: 3", "version: 4")
    return partial(programs.publish_policy, program=stage.scene.program, text=text, **stage.desk())


@example("programs.book_seat")
def _(stage: Stage) -> Act:
    eve = stage.scene.admit("eve", phone="+15550101")
    return partial(programs.book_seat, session=stage.session, patient=eve, **stage.desk())


@example("programs.release_seat")
def _(stage: Stage) -> Act:
    return partial(programs.release_seat, seat=stage.seat, reason=Release.REQUESTED, **stage.desk())


def _series(stage: Stage) -> programs.NewSeries:
    assert stage.ada
    return programs.NewSeries(
        external_id="R1",
        first=datetime(2026, 10, 12, 9, 0),  # noqa: DTZ001 - a clock time in the program's zone
        rule="FREQ=WEEKLY;COUNT=3",
        minutes=60,
        group=stage.scene.group,
    )


def _made_ahead(stage: Stage) -> Any:
    program = stage.scene.program
    made = programs.add_series(program=program, series=_series(stage), **stage.desk())
    programs.materialise(program=program, until=date(2026, 11, 1), **stage.desk())
    return made


@example("programs.add_series")
def _(stage: Stage) -> Act:
    return partial(programs.add_series, program=stage.scene.program, series=_series(stage), **stage.desk())


@example("programs.change_series")
def _(stage: Stage) -> Act:
    return partial(programs.change_series, series=_made_ahead(stage), minutes=90, **stage.desk())


@example("programs.end_series")
def _(stage: Stage) -> Act:
    return partial(programs.end_series, series=_made_ahead(stage), **stage.desk())


@example("programs.materialise")
def _(stage: Stage) -> Act:
    program = stage.scene.program
    programs.add_series(program=program, series=_series(stage), **stage.desk())
    return partial(programs.materialise, program=program, until=date(2026, 11, 1), **stage.desk())


@example("programs.schedule_session")
def _(stage: Stage) -> Act:
    assert stage.ada
    new = NewSession(
        external_id="S9", starts_at=NEXT, ends_at=NEXT + minutes(60), group_id=stage.scene.group.pk
    )
    return partial(
        programs.schedule_session,
        program=stage.scene.program,
        session=new,
        leaders=[stage.scene.ben],
        **stage.desk(),
    )


@example("programs.move_session")
def _(stage: Stage) -> Act:
    return partial(
        programs.move_session,
        session=stage.session,
        starts_at=NEXT,
        ends_at=NEXT + minutes(60),
        **stage.desk(),
    )


@example("programs.cancel_session")
def _(stage: Stage) -> Act:
    return partial(programs.cancel_session, session=stage.session, **stage.desk())


@example("programs.reinstate_session")
def _(stage: Stage) -> Act:
    programs.cancel_session(session=stage.session, **stage.desk())
    return partial(programs.reinstate_session, session=stage.session, **stage.desk())


@example("programs.set_leaders")
def _(stage: Stage) -> Act:
    return partial(
        programs.set_leaders, session=stage.session, leaders=[stage.scene.supervisor], **stage.desk()
    )


def _stranger_to_her(stage: Stage) -> dict[str, Any]:
    """Somebody of the program who stands in no relationship to ada."""
    noor = stage.scene.hire("noor", "therapist")
    return {
        "staff": noor,
        "external_id": stage.ada.external_id,
        "reason": GlassReason.COVERING,
        "words": "Her therapist is ill tonight",
        "by": staff_actor(noor.pk),
        "at": BEFORE,
    }


@example("programs.break_glass")
def _(stage: Stage) -> Act:
    return partial(programs.break_glass, **_stranger_to_her(stage))


@example("programs.see_broken_glass")
def _(stage: Stage) -> Act:
    programs.break_glass(**_stranger_to_her(stage))
    stage.scene.hire("petra", "privacy_officer")
    return partial(programs.see_broken_glass, glass=BrokenGlass.objects.get(), **stage.desk())


# Rooms


@example("rooms.take_in")
def _(stage: Stage) -> Act:
    return partial(
        rooms.take_in,
        provider="livekit",
        deliveries=[Delivery(event_id="E1", body=b"{}")],
        by=vendor_actor("livekit"),
        at=START,
    )


@example("rooms.take_in_file")
def _(stage: Stage) -> Act:
    return partial(rooms.take_in_file, provider=None, name="week.csv", body=b"a,b\n1,2\n", **stage.desk())


@example("rooms.refuse")
def _(stage: Stage) -> Act:
    return partial(
        rooms.refuse_delivery, provider="zoom", reason="signature", by=vendor_actor("zoom"), at=START
    )


@example("rooms.read")
def _(stage: Stage) -> Act:
    return partial(rooms.read_deliveries, stage.hear(), **stage.engine())


@example("rooms.revisit")
def _(stage: Stage) -> Act:
    stage.hear(rooms.issue_join_ref(seat=stage.seat, provider="livekit", **stage.desk()))
    rooms.read_deliveries(
        list(RawEvent.objects.values_list("pk", flat=True)), many_wait=True, **stage.engine()
    )
    visits = list(Revisit.objects.values_list("pk", flat=True))
    return partial(rooms.revisit_sessions, visits, **stage.engine())


@example("rooms.hand_back")
def _(stage: Stage) -> Act:
    stage.hear()
    rooms.read_deliveries(
        list(RawEvent.objects.values_list("pk", flat=True)), many_wait=True, **stage.engine()
    )
    return partial(rooms.hand_back, session_id=stage.session.pk, **stage.engine())


@example("rooms.name_rooms")
def _(stage: Stage) -> Act:
    return partial(rooms.name_rooms, names=[(stage.session.pk, ROOM)], **stage.desk())


@example("rooms.add_identities")
def _(stage: Stage) -> Act:
    return partial(rooms.add_identities, identities=[("zoom", "sunny", stage.ada.pk)], **stage.desk())


@example("rooms.confirm_identity")
def _(stage: Stage) -> Act:
    return partial(rooms.confirm_identity, stranger=stage.stranger(), patient=stage.ada, **stage.desk(LATER))


@example("rooms.settle_stranger")
def _(stage: Stage) -> Act:
    return partial(rooms.settle_stranger, stranger=stage.stranger(), as_=SettledAs.GUEST, **stage.desk(LATER))


@example("rooms.issue_join_ref")
def _(stage: Stage) -> Act:
    return partial(rooms.issue_join_ref, seat=stage.seat, provider="livekit", **stage.desk())


@example("rooms.host")
def _(stage: Stage) -> Act:
    return partial(host_session, session=stage.session, provider="janus", **stage.engine(BEFORE))


@example("rooms.close_hosted")
def _(stage: Stage) -> Act:
    room = host_session(session=stage.session, provider="janus", **stage.engine(BEFORE))
    return partial(close_hosted, room=room, **stage.engine())


@example("rooms.move_hosted")
def _(stage: Stage) -> Act:
    room = host_session(session=stage.session, provider="livekit", **stage.engine(BEFORE))
    return partial(move_hosted, room=room, provider="janus", **stage.engine())


@example("rooms.reopen_hosted")
def _(stage: Stage) -> Act:
    room = host_session(session=stage.session, provider="janus", **stage.engine(BEFORE))
    close_hosted(room=room, **stage.engine())
    return partial(reopen_hosted, room=room, **stage.engine())


@example("rooms.keep_snapshot")
def _(stage: Stage) -> Act:
    room = host_session(session=stage.session, provider="janus", **stage.engine(BEFORE))
    here = frozenset({Connection(conn="p-1.a", ref="p-1")})
    engine: Any = SimpleNamespace(name="janus")
    return partial(keep_snapshot, room=room, here=here, engine=engine, **stage.engine(START))


@example("rooms.read_again")
def _(stage: Stage) -> Act:
    delivery = RawEvent.objects.create(
        provider="livekit",
        event_id="E1",
        received_at=START,
        received_by="vendor:livekit",
        body=b"?",
        state=ReadState.UNREADABLE.value,
    )
    return partial(rooms.read_again, delivery=delivery, **stage.desk(LATER))


# Attendance


@example("attendance.decide")
def _(stage: Stage) -> Act:
    stage.scene.watched(stage.session)
    return partial(look_at_sessions, [stage.session.pk], **stage.engine())


@example("attendance.mark")
def _(stage: Stage) -> Act:
    return partial(attendance.record_mark, seat=stage.seat, status=Status.ATTENDED, **stage.desk(LATER))


@example("attendance.attest")
def _(stage: Stage) -> Act:
    stage.scene.watched(stage.session, (stage.ada, START, None))
    return partial(attendance.attest_session, session=stage.session, **stage.desk(LATER))


@example("attendance.attest_sheet")
def _(stage: Stage) -> Act:
    """Of a seat that nobody has looked at yet: what she saw is decided while she attests."""
    marks = [SheetMark(stage.seat.pk, Status.ATTENDED, 1)]
    return partial(sheets.attest_sheet, session=stage.session, marks=marks, **stage.desk(LATER))


@example("attendance.notice")
def _(stage: Stage) -> Act:
    return partial(
        attendance.record_notice, seat=stage.seat, received_at=BEFORE, reason="ill", **stage.desk()
    )


@example("attendance.check_in")
def _(stage: Stage) -> Act:
    return partial(attendance.record_check_in, seat=stage.seat, state="NY", **stage.desk(START))


@example("attendance.close_day")
def _(stage: Stage) -> Act:
    return partial(
        attendance.close_day, program=stage.scene.program, day=date(2026, 10, 7), **stage.desk(NEXT)
    )


# Outreach


@example("outreach.take_in")
def _(stage: Stage) -> Act:
    return partial(
        inbox.take_in,
        vendor="twilio",
        kind="inbound",
        params={"MessageSid": SID, "From": "+15550100", "To": "+15550199", "Body": "late"},
        query={},
        by=vendor_actor("twilio"),
        at=START,
    )


@example("outreach.write")
def _(stage: Stage) -> Act:
    by = patient_actor(stage.ada.pk)
    return partial(write, patient=stage.ada, text="I am on my way", by=by, at=START)


@example("outreach.subscribe")
def _(stage: Stage) -> Act:
    return partial(subscribe, patient=stage.ada, told=BROWSER, by=patient_actor(stage.ada.pk), at=START)


@example("outreach.unsubscribe")
def _(stage: Stage) -> Act:
    by = patient_actor(stage.ada.pk)
    kept = subscribe(patient=stage.ada, told=BROWSER, by=by, at=START)
    return partial(unsubscribe, patient=stage.ada, endpoint=kept.endpoint, by=by, at=START)


@example("outreach.open_calendar")
def _(stage: Stage) -> Act:
    return partial(open_calendar, patient=stage.ada, by=patient_actor(stage.ada.pk), at=START)


@example("outreach.close_calendar")
def _(stage: Stage) -> Act:
    by = patient_actor(stage.ada.pk)
    open_calendar(patient=stage.ada, by=by, at=START)
    return partial(close_calendar, patient=stage.ada, by=by, at=START)


@example("outreach.set_quiet")
def _(stage: Stage) -> Act:
    by = patient_actor(stage.ada.pk)
    return partial(set_quiet, patient=stage.ada, from_at=time(18), until_at=time(9), by=by, at=START)


@example("people.flag_herself")
def _(stage: Stage) -> Act:
    by = patient_actor(stage.ada.pk)
    return partial(flag_herself, patient=stage.ada, code="craving", by=by, at=START)


@example("outreach.read")
def _(stage: Stage) -> Act:
    assert stage.ada
    return partial(inbox.read_delivery, delivery=stage.write("I am late"), **stage.engine())


@example("outreach.claim")
def _(stage: Stage) -> Act:
    stage.queue()
    return partial(sending.claim_messages, 10, {"sms"}, **stage.engine(START + minutes(6)))


@example("outreach.write_down")
def _(stage: Stage) -> Act:
    stage.queue()
    at = START + minutes(6)
    claimed, _ = sending.claim_messages(10, {"sms"}, **stage.engine(at))
    moves = [Move(each.message_id, MessageState.SENT, vendor_id="SM1") for each in claimed]
    return partial(sending.write_down, claimed, moves, **stage.engine(at))


@example("outreach.give_up_waiting")
def _(stage: Stage) -> Act:
    message = stage.queue()
    sending.claim_messages(10, {"sms"}, **stage.engine(START + minutes(6)))
    Message.objects.filter(pk=message.pk).update(claimed_at=START - timedelta(days=365))
    return partial(sending.give_up_waiting, **stage.engine())


@example("outreach.settle")
def _(stage: Stage) -> Act:
    message = stage.queue()
    stage.scene.sms.does = [AnswerLost()]
    stage.scene.run(START + minutes(6))
    return partial(sending.settle_unsure, Move(message.pk, MessageState.SENT), **stage.engine())


# Follow-up


@example("followup.open_cases")
def _(stage: Stage) -> Act:
    stage.scene.watched(stage.session)
    at = START + minutes(6)
    clock.simulate(shown_at=at, rate=0)
    sweep_sessions(now=at)
    return partial(act_on_statuses, [stage.seat.pk], **stage.engine(at))


@example("followup.follow")
def _(stage: Stage) -> Act:
    return partial(follow_cases, [stage.case.pk], **stage.engine(START + timedelta(days=2)))


@example("followup.hear")
def _(stage: Stage) -> Act:
    message = stage.queue()
    sending.send_due(now=START + minutes(6), channels={"sms": stage.scene.sms})
    return partial(hear_of_messages, [message.pk], **stage.engine())


@example("followup.take_replies")
def _(stage: Stage) -> Act:
    assert stage.case
    delivery = stage.write("I could not come")
    inbox.read_delivery(delivery=delivery, **stage.engine())
    return partial(take_replies, **stage.engine(START + minutes(63)))


@example("followup.read_reply")
def _(stage: Stage) -> Act:
    assert stage.ada
    inbox.read_delivery(delivery=stage.write("I could not come"), **stage.engine())
    return partial(read_reply, reply=Reply.objects.get(), **stage.desk(START + minutes(63)))


@example("followup.look_for_patterns")
def _(stage: Stage) -> Act:
    _miss_often(stage)
    return partial(look_at_patients, [stage.ada.pk], **stage.engine(START + timedelta(days=4)))


def _miss_often(stage: Stage) -> None:
    sessions = [stage.scene.session(stage.ada, starts_at=START + timedelta(days=day)) for day in range(3)]
    for session in sessions:
        stage.scene.watched(session)
        at = session.ends_at + minutes(5)
        clock.simulate(shown_at=at, rate=0)
        sweep_sessions(now=at)


@example("followup.record_attempt")
def _(stage: Stage) -> Act:
    return partial(
        followup.record_attempt,
        case=stage.case,
        channel="phone",
        outcome=AttemptOutcome.NO_ANSWER,
        step=stage.step("tech"),
        **stage.desk(AFTER_AN_HOUR),
    )


@example("followup.promise")
def _(stage: Stage) -> Act:
    return partial(followup.record_promise, case=stage.case, promised_at=NEXT, **stage.desk(AFTER_AN_HOUR))


@example("followup.dispose")
def _(stage: Stage) -> Act:
    return partial(
        followup.record_disposition,
        case=stage.case,
        clinician=stage.scene.ben,
        result=SafetyResult.SAFE,
        **stage.desk(AFTER_AN_HOUR),
    )


@example("followup.close")
def _(stage: Stage) -> Act:
    return partial(
        followup.close_case,
        case=stage.case,
        outcome=FinalOutcome.REFUSED,
        **stage.desk(AFTER_AN_HOUR),
    )


@example("followup.give")
def _(stage: Stage) -> Act:
    return partial(
        followup.give_case, case=stage.case, owner=stage.scene.coordinator, **stage.desk(AFTER_AN_HOUR)
    )


@example("followup.see_to")
def _(stage: Stage) -> Act:
    step = Step.objects.get(case=stage.case, origin=Origin.ESCALATION.value)
    return partial(followup.see_to_step, step=step, **stage.desk(AFTER_AN_HOUR))


@example("followup.settle_unknown")
def _(stage: Stage) -> Act:
    stage.queue()
    stage.scene.sms.does = [AnswerLost()]
    stage.scene.run(START + minutes(6))
    step = Step.objects.get(origin=Origin.UNKNOWN_SEND.value)
    return partial(followup.settle_unknown, step=step, went_out=True, **stage.desk(AFTER_AN_HOUR))


@example("followup.decide_review")
def _(stage: Stage) -> Act:
    _miss_often(stage)
    look_at_patients([stage.ada.pk], **stage.engine(START + timedelta(days=4)))
    review = Review.objects.latest("pk")
    return partial(
        followup.decide_review,
        review=review,
        decision="continue",
        words="She is on her way back",
        follow_up_on=(START + timedelta(days=9)).date(),
        **stage.desk(START + timedelta(days=4)),
    )


# The team, and her safety


@example("followup.say")
def _(stage: Stage) -> Act:
    asks = stage.scene.supervisor
    return partial(
        followup.say, case=stage.case, words="Her line is bad", asks=asks, **stage.desk(AFTER_AN_HOUR)
    )


@example("followup.acknowledge")
def _(stage: Stage) -> Act:
    note = followup.say(
        case=stage.case, words="x", by=staff_actor(stage.scene.supervisor.pk), at=AFTER_AN_HOUR
    )
    return partial(followup.acknowledge, note=note, **stage.desk(AFTER_AN_HOUR))


def _task(stage: Stage) -> Callable[[], Task]:
    return partial(
        followup.add_task,
        program=stage.scene.program,
        case=stage.case,
        words="Find another number",
        owner=stage.scene.ben,
        due_at=NEXT,
        **stage.desk(AFTER_AN_HOUR),
    )


EXAMPLES["followup.add_task"] = _task


@example("followup.finish_task")
def _(stage: Stage) -> Act:
    return partial(followup.finish_task, task=_task(stage)(), **stage.desk(AFTER_AN_HOUR))


@example("followup.give_task")
def _(stage: Stage) -> Act:
    task, owner = _task(stage)(), stage.scene.coordinator
    return partial(followup.give_task, task=task, owner=owner, **stage.desk(AFTER_AN_HOUR))


@example("followup.hand_off")
def _(stage: Stage) -> Act:
    return partial(followup.hand_off, program=stage.scene.program, words="Quiet night", **stage.desk())


@example("followup.read_hand_off")
def _(stage: Stage) -> Act:
    by = staff_actor(stage.scene.supervisor.pk)
    note = followup.hand_off(program=stage.scene.program, words="Quiet night", by=by, at=BEFORE)
    return partial(followup.read_hand_off, note=note, **stage.desk())


@example("followup.record_safety")
def _(stage: Stage) -> Act:
    return partial(
        followup.record_safety_step,
        case=stage.case,
        step=SafetyStep.CONFIRM_PLACE,
        result=StepResult.NOT_KNOWN,
        **stage.desk(AFTER_AN_HOUR),
    )


@example("followup.disclose")
def _(stage: Stage) -> Act:
    return partial(
        followup.record_disclosure,
        patient=stage.ada,
        program=stage.scene.program,
        case=stage.case,
        basis=DisclosureBasis.MEDICAL_EMERGENCY,
        recipient="A medic",
        affiliation="County EMS",
        nature="She fainted in the session",
        **stage.desk(AFTER_AN_HOUR),
    )


@example("attendance.whereabouts")
def _(stage: Stage) -> Act:
    return partial(attendance.record_whereabouts, patient=stage.ada, place="At her aunt's", **stage.desk())


# Accounts


@example("accounts.open")
def _(stage: Stage) -> Act:
    return partial(accounts.open_account, person=stage.scene.ben, email="ben@example.org", **stage.desk())


@example("accounts.close")
def _(stage: Stage) -> Act:
    return partial(accounts.close_account, user=stage.account, **stage.desk())


@example("accounts.invite")
def _(stage: Stage) -> Act:
    return partial(accounts.invite, user=stage.account, **stage.desk())


@example("accounts.forget_second_factor")
def _(stage: Stage) -> Act:
    return partial(accounts.forget_second_factor, user=stage.account, **stage.desk())


@example("accounts.take_up_invitation")
def _(stage: Stage) -> Act:
    secret = accounts.invite(user=stage.account, **stage.desk()).rpartition("/")[2]
    link = accounts.live_link(secret, Purpose.INVITATION)
    password = "four words by a river"
    return partial(accounts.take_up_invitation, link=link, password=password, **stage.desk())


@example("accounts.demonstrate")
def _(stage: Stage) -> Act:
    def demonstrate() -> str:
        with override_settings(DEMONSTRATION=True):
            return accounts.demonstration_link(user=stage.account, **stage.desk())

    return demonstrate


@example("accounts.sign_in")
def _(stage: Stage) -> Act:
    return partial(accounts.note_sign_in, user=stage.account, how="password_totp", **stage.desk())


@example("accounts.fail_to_sign_in")
def _(stage: Stage) -> Act:
    return partial(accounts.note_failed_sign_in, user=stage.account, how="password", **stage.desk())


@example("accounts.sign_out")
def _(stage: Stage) -> Act:
    return partial(accounts.note_sign_out, user=stage.account, **stage.desk())


@example("accounts.change_second_factor")
def _(stage: Stage) -> Act:
    return partial(
        accounts.note_second_factor,
        user=stage.account,
        factor=Factor.TOTP,
        change=Change.ADDED,
        **stage.desk(),
    )


@example("accounts.change_password")
def _(stage: Stage) -> Act:
    return partial(accounts.note_password, user=stage.account, change=Change.RESET, **stage.desk())


@example("programs.set_crisis_line")
def _(stage: Stage) -> Act:
    return partial(
        programs.set_crisis_line,
        program=stage.scene.program,
        name="County line",
        number="212-555-0100",
        hours="day and night",
        **stage.desk(),
    )


@example("outreach.invite_patient")
def _(stage: Stage) -> Act:
    program = stage.scene.program
    return partial(
        invite_patient, patient=stage.ada, program=program, email="ada@example.org", **stage.desk()
    )


# Long work


@example("longwork.ask")
def _(stage: Stage) -> Act:
    brought = NewFile(part=Part.BROUGHT, name="roster.csv", media_type="text/csv", body=b"patient_id")
    return partial(
        ask_for_work,
        kind=Kind.IMPORT,
        program=stage.scene.program,
        given={},
        files=[brought],
        **stage.desk(),
    )


@example("longwork.stop")
def _(stage: Stage) -> Act:
    return partial(stop_work, work=stage.work, **stage.desk())


@example("longwork.end")
def _(stage: Stage) -> Act:
    Work.objects.filter(pk=stage.work.pk).update(state=State.RUNNING.value)
    result = NewFile(part=Part.RESULT, name="out.zip", media_type="application/zip", body=b"PK")
    return partial(end_work, work=stage.work, state=State.DONE, files=[result], **stage.engine())


@example("longwork.take")
def _(stage: Stage) -> Act:
    EXAMPLES["longwork.end"](stage)()
    return partial(take_file, enclosure=stage.work.enclosures.get(part="result"), **stage.desk())


@example("longwork.empty")
def _(stage: Stage) -> Act:
    EXAMPLES["longwork.end"](stage)()
    return partial(empty_old_files, **stage.engine(NEXT))


# Operations


@example("operations.import_folder")
def _(stage: Stage) -> Act:
    return partial(import_folder, path=stage.folder(), program=stage.scene.program, by=IMPORT, at=START)


@example("operations.export_folder")
def _(stage: Stage) -> Act:
    return partial(export_folder, path=stage.path / "out", program=stage.scene.program, **stage.desk())


# Visits


@example("visits.ask_in")
def _(stage: Stage) -> Act:
    return partial(visits.ask_in, seat=stage.seat, ref="p-1", display_name="A.", **stage.desk(START))


@example("visits.ask_in_as_guest")
def _ask_in_as_guest(stage: Stage) -> Act:
    type(stage.session).objects.filter(pk=stage.session.pk).update(kind="family")
    stage.session.refresh_from_db()
    told: dict[str, Any] = {"contact": _guardian(stage), "display_name": "G."}
    return partial(visits.ask_in_as_guest, session=stage.session, **told, **stage.desk(START))


@example("visits.come_as_host")
def _(stage: Stage) -> Act:
    return partial(visits.come_as_host, session=stage.session, staff=stage.scene.ben, **stage.desk(START))


@example("visits.admit")
def _(stage: Stage) -> Act:
    return partial(visits.admit, visit=stage.visit, **stage.desk(START))


@example("visits.refuse")
def _(stage: Stage) -> Act:
    return partial(visits.refuse, visit=stage.visit, **stage.desk(START))


@example("visits.remove")
def _(stage: Stage) -> Act:
    return partial(visits.remove, visit=stage.visit, **stage.desk(START))


@example("visits.lock")
def _(stage: Stage) -> Act:
    return partial(visits.set_lock, session=stage.session, locked=True, **stage.desk(START))


@example("visits.raise_hand")
def _(stage: Stage) -> Act:
    return partial(visits.raise_hand, visit=stage.visit, up=True, **stage.desk(START))


@example("visits.name_herself")
def _(stage: Stage) -> Act:
    return partial(visits.name_herself, visit=stage.visit, display_name="B.", **stage.desk(START))


@example("visits.enter")
def _(stage: Stage) -> Act:
    return partial(visits.enter, visit=stage.visit, **stage.desk(START))


@example("visits.leave")
def _(stage: Stage) -> Act:
    return partial(visits.leave, visit=stage.visit, **stage.desk(START))


@example("visits.agree_to_telehealth")
def _(stage: Stage) -> Act:
    return partial(
        visits.agree_to_telehealth,
        patient=stage.ada,
        program=stage.scene.program,
        version=1,
        **stage.desk(START),
    )


@example("followup.nudge_by_hand")
def _(stage: Stage) -> Act:
    return partial(nudge_by_hand, seat=stage.seat, **stage.desk(START))


@example("followup.send_nudges")
def _(stage: Stage) -> Act:
    asked = nudge_by_hand(seat=stage.seat, **stage.desk(START))
    return partial(send_nudges, [asked.pk], **stage.engine(START))


# Make-ups


def _offered(stage: Stage) -> tuple[Owing, list[Offer]]:
    """She missed an evening, and another group has room."""
    owing = Owing(stage.scene)
    assert owing.missed
    owing.other_group()
    owing.hour(days=3)
    return owing, owing.offers()


@example("makeups.keep_ledgers")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    seats = [each.pk for each in owing.missed]
    return partial(makeups.keep_ledgers, seats=seats, by=ENGINE, at=NEXT)


@example("makeups.offer")
def _(stage: Stage) -> Act:
    owing, _ = _offered(stage)
    return partial(makeups.offer_make_ups, seat=owing.missed[0], **owing.desk())


@example("makeups.offer_this")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    key = (offers[1].session_id, offers[1].opening_id, offers[1].starts_at)
    return partial(makeups.offer_this, seat=owing.missed[0], key=key, **owing.desk())


@example("makeups.accept_offer")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    return partial(makeups.accept_offer, offer=offers[0], **owing.desk())


@example("makeups.decline_offer")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    return partial(makeups.decline_offer, offer=offers[0], **owing.desk())


@example("makeups.none_of_these")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    return partial(makeups.none_of_these, choice=offers[0].choice, **owing.desk())


@example("makeups.give_back")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    booking = makeups.accept_offer(offer=offers[0], **owing.desk()).booking
    assert booking is not None
    return partial(makeups.give_back, booking=booking, **owing.desk())


@example("followup.ask_for_a_time")
def _(stage: Stage) -> Act:
    _, offers = _offered(stage)
    makeups.none_of_these(choice=offers[0].choice, **stage.engine(NEXT_DAY))
    return partial(ask_for_a_time, **stage.engine(NEXT_DAY))


@example("followup.tell_offered")
def _(stage: Stage) -> Act:
    owing, _ = _offered(stage)
    stage.scene.consent(owing.patients[0], "sms")
    return partial(tell_offered, **stage.engine(NEXT_DAY + minutes(15)))


@example("followup.tell_ways_back")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    for patient in owing.patients:
        stage.scene.consent(patient, "sms")
    assert owing.missed
    return partial(tell_ways_back, **stage.engine(NEXT_DAY))


@example("makeups.withdraw_offer")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    return partial(
        makeups.withdraw_offer, offer=offers[0], why=makeup_words.Withdrawn.SEAT_NEEDED, **owing.desk()
    )


@example("makeups.withdraw_stale")
def _(stage: Stage) -> Act:
    owing, offers = _offered(stage)
    session = next(each.session for each in offers if each.session)
    programs.cancel_session(session=session, **owing.desk())
    return partial(makeups.withdraw_stale, **owing.desk())


@example("makeups.expire_offers")
def _(stage: Stage) -> Act:
    owing, _ = _offered(stage)
    return partial(makeups.expire_offers, **owing.desk(NEXT))


@example("makeups.wait_for")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    seat = owing.missed[0]
    return partial(makeups.wait_for, seat=seat, session=owing.other_group(), **owing.desk())


@example("makeups.stop_waiting")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    asked = {"seat": owing.missed[0], "session": owing.other_group(), **owing.desk()}
    makeups.wait_for(**asked)
    return partial(makeups.stop_waiting, **asked)


@example("makeups.back_fill")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    makeups.wait_for(seat=owing.missed[0], session=owing.other_group(), **owing.desk())
    return partial(makeups.back_fill, **owing.desk())


@example("makeups.open_time")
def _(stage: Stage) -> Act:
    return partial(
        makeups.open_time,
        program=stage.scene.program,
        staff=stage.scene.ben,
        starts_at=LATER,
        ends_at=LATER + timedelta(hours=1),
        **stage.desk(),
    )


@example("makeups.close_opening")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    return partial(makeups.close_opening, opening=owing.hour(), **owing.desk())


@example("makeups.mark_extra")
def _(stage: Stage) -> Act:
    return partial(makeups.mark_extra, session=stage.session, **stage.desk())


@example("makeups.keep_apart")
def _(stage: Stage) -> Act:
    other = stage.scene.admit("eve", sms=False)
    return partial(
        makeups.keep_apart, program=stage.scene.program, one=stage.ada, other=other, **stage.desk()
    )


@example("makeups.waive")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    why = makeup_words.WaiverReason.PROGRAM_FAULT
    return partial(makeups.waive, seat=owing.missed[0], why=why, **owing.desk())


@example("makeups.allow_more")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    why = makeup_words.MoreReason.CLINICAL
    staff = stage.scene.ben
    return partial(
        makeups.allow_more, seat=owing.missed[0], staff=staff, why=why, words="Her plan", **owing.desk()
    )


@example("makeups.record_free_time")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    return partial(makeups.record_free_time, patient=owing.patients[0], windows=[], **owing.desk())


@example("makeups.catch_up")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    return partial(makeups.catch_up, seat=owing.missed[0], **owing.desk())


@example("makeups.keep_plan")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    assert owing.missed
    owing.other_group()
    (world,) = worlds_of_program(stage.scene.program.pk, now=NEXT_DAY)
    return partial(makeups.keep_plan, world=world, plan=FakePlan.of(world.instance), **stage.engine(NEXT_DAY))


@example("makeups.propose_extras")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene, names=("ada", "eve", "bob"))
    assert owing.missed
    (world,) = worlds_of_program(stage.scene.program.pk, now=NEXT_DAY)
    placed = nowhere(3)
    return partial(makeups.propose_extras, world=world, placed=placed, **stage.engine(NEXT_DAY))


@example("makeups.publish_plan")
def _(stage: Stage) -> Act:
    owing = Owing(stage.scene)
    assert owing.missed
    owing.other_group()
    (world,) = worlds_of_program(stage.scene.program.pk, now=NEXT_DAY)
    run = makeups.keep_plan(world=world, plan=FakePlan.of(world.instance), **stage.engine(NEXT_DAY))
    chosen = [each.pk for each in run.proposals.all()]
    return partial(
        makeups.publish_plan, program=stage.scene.program, seen=run.pk, proposals=chosen, **owing.desk()
    )


@example("makeups.decide_extra")
def _(stage: Stage) -> Act:
    proposal = MakeupRows(stage.scene, stage.seat).extra_proposal(session=None)
    return partial(
        makeups.decide_extra, proposal=proposal, turn=makeup_words.ExtraTurn.SET_ASIDE, **stage.desk()
    )


# Catching up


@example("continuity.follow")
def _(stage: Stage) -> Act:
    return partial(
        continuity.follow_curriculum,
        program=stage.scene.program,
        group=stage.scene.group,
        curriculum=STAYING,
        **stage.desk(),
    )


@example("continuity.say_unit")
def _(stage: Stage) -> Act:
    return partial(continuity.say_unit, session=stage.session, course=staying(), unit="sleep", **stage.desk())


@example("continuity.answer")
def _(stage: Stage) -> Act:
    followed = Following(scene=stage.scene)
    material = followed.material()
    return partial(
        continuity.save_answers,
        patient=followed.ada,
        material=material,
        given={0: 1},
        asks_for_call=True,
        **followed.desk(),
    )


@example("continuity.finish")
def _(stage: Stage) -> Act:
    followed = Following(scene=stage.scene)
    return partial(continuity.finish, catch_up=followed.answered(), choices={}, **followed.desk())


@example("continuity.sign_off")
def _(stage: Stage) -> Act:
    followed = Following(scene=stage.scene)
    return partial(continuity.sign_off, catch_up=followed.done(), **followed.desk())


@example("continuity.give_back")
def _(stage: Stage) -> Act:
    followed = Following(scene=stage.scene)
    return partial(continuity.give_back, catch_up=followed.done(), wants=Wants.TALK, **followed.desk())


@example("continuity.say_of_unit")
def _(stage: Stage) -> Act:
    return partial(
        continuity.say_of_unit,
        patient=stage.ada,
        program=stage.scene.program,
        course=staying(),
        unit="sleep",
        what=Let.WAIVED,
        words="She has had it elsewhere",
        **stage.desk(),
    )


PHQ9 = instrument_called("phq9", "9")


def a_measure(stage: Stage) -> Due:
    """Somebody has asked her how she is."""
    return insights.ask_now(seat=stage.seat, instrument=PHQ9, **stage.desk(START))


def answered(stage: Stage, *, last: int = 0) -> dict[str, Any]:
    answers = {str(each): 0 for each in range(1, 9)} | {"9": last}
    return {"due": a_measure(stage), "answers": answers, "language": "en", "how": How.PHONE}


@example("insights.schedule")
def _(stage: Stage) -> Act:
    return partial(
        insights.schedule_measure,
        program=stage.scene.program,
        instrument=PHQ9,
        every_days=14,
        **stage.desk(),
    )


@example("insights.watch")
def _(stage: Stage) -> Act:
    hours: dict[str, Any] = {"days": [1, 2], "opens": time(8), "closes": time(17)}
    return partial(
        insights.say_watch, program=stage.scene.program, role=Role.CLINICIAN, **hours, **stage.desk()
    )


@example("insights.ask")
def _(stage: Stage) -> Act:
    return partial(insights.ask_now, seat=stage.seat, instrument=PHQ9, **stage.desk(START))


@example("insights.answer")
def _(stage: Stage) -> Act:
    return partial(insights.answer_measure, **answered(stage), **stage.desk(START))


@example("insights.decline")
def _(stage: Stage) -> Act:
    return partial(insights.decline_measure, due=a_measure(stage), **stage.desk(START))


@example("insights.withdraw")
def _(stage: Stage) -> Act:
    return partial(
        insights.withdraw_measure, due=a_measure(stage), words="Asked elsewhere", **stage.desk(START)
    )


@example("insights.follow")
def _(stage: Stage) -> Act:
    insights.schedule_measure(
        program=stage.scene.program, instrument=PHQ9, every_days=14, **stage.desk(BEFORE)
    )
    assert stage.seat
    return partial(follow_measures, **stage.engine(AFTER_AN_HOUR))


@example("insights.estimate_risk")
def _(stage: Stage) -> Act:
    assert stage.seat
    return partial(estimate_program, program=stage.scene.program.pk, **stage.engine(AFTER_AN_HOUR))


@example("insights.fit_progress")
def _(stage: Stage) -> Act:
    a_measure(stage)
    return partial(fit_program, program=stage.scene.program.pk, **stage.engine(START + timedelta(days=1)))


def a_comparison(stage: Stage) -> Any:
    return experiments.write_experiment(**designed(stage), **stage.desk(BEFORE))


def designed(stage: Stage) -> dict[str, Any]:
    return {
        "program": stage.scene.program,
        "name": "Shorter nudge",
        "estimand": "Share who come within 7 days, by wording",
        "variant": "neutral_nudge_brief",
        "within_days": 7,
        "usual_share": 0.4,
        "smallest_difference": 0.2,
        "starts_at": START,
        "ends_at": START + timedelta(days=30),
    }


@example("followup.write_experiment")
def _(stage: Stage) -> Act:
    return partial(experiments.write_experiment, **designed(stage), **stage.desk(BEFORE))


@example("followup.start_experiment")
def _(stage: Stage) -> Act:
    return partial(experiments.start_experiment, experiment=a_comparison(stage), **stage.desk(BEFORE))


@example("followup.stop_experiment")
def _(stage: Stage) -> Act:
    return partial(
        experiments.stop_experiment, experiment=a_comparison(stage), words="Asked for", **stage.desk(BEFORE)
    )


@example("followup.read_experiment")
def _(stage: Stage) -> Act:
    experiment = a_comparison(stage)
    experiments.start_experiment(experiment=experiment, **stage.desk(BEFORE))
    return partial(experiments.read_its_end, experiment=experiment, **stage.desk(START + timedelta(days=40)))


@example("followup.take_measure")
def _(stage: Stage) -> Act:
    return partial(take_measure, **answered(stage, last=1), **stage.desk(START))


@example("followup.raise_concern")
def _(stage: Stage) -> Act:
    sheet = insights.answer_measure(**answered(stage, last=1), **stage.desk(START))
    return partial(raise_concerns, [sheet.pk], **stage.engine(AFTER_AN_HOUR))
