"""Every address of the console. One address does one thing; what changes something is only ever sent (POST)."""

from django.urls import path

from rejoin.console.views import (
    access,
    cases,
    design,
    handoff,
    home,
    huddle,
    live,
    longwork,
    overdue,
    patients,
    policies,
    reviews,
    room,
    safety,
    sessions,
    tasks,
    today,
    unmatched,
    words,
    worklist,
)
from rejoin.visits.answers import FOR_ALL, FOR_HOSTS

app_name = "console"
urlpatterns = [
    path("", home.home, name="home"),
    path("live/", live.live, name="live"),
    path("design/", design.gallery, name="design"),
    # What is happening now.
    path("today/", today.today, name="today"),
    path("sessions/<uuid:ref>/", sessions.sheet, name="session"),
    path("sessions/<uuid:ref>/attest", sessions.attest, name="session_attest"),
    path("sessions/<uuid:ref>/close-day", sessions.close, name="session_close_day"),
    # Its room.
    path("sessions/<uuid:ref>/room/", room.room, name="room"),
    path("sessions/<uuid:ref>/room/in", room.inside, name="room_in"),
    path("sessions/<uuid:ref>/room/people", room.people, name="room_people"),
    path("sessions/<uuid:ref>/room/board", room.board, name="room_board"),
    path("sessions/<uuid:ref>/room/nudge", room.nudge, name="room_nudge"),
    path("sessions/<uuid:ref>/room/phone", room.phone, name="room_phone"),
    path("sessions/<uuid:ref>/room/events", room.events, name="room_events"),
    *(
        path(f"sessions/<uuid:ref>/room/{what}", room.act, {"what": what}, name=f"room_{what}")
        for what in (*FOR_ALL, *FOR_HOSTS)
    ),
    # What has to be done, by the clock.
    path("worklist/", worklist.worklist, name="worklist"),
    path("steps/<int:step_id>/attempt", worklist.attempt, name="step_attempt"),
    path("steps/<int:step_id>/seen-to", worklist.seen_to, name="step_seen_to"),
    path("steps/<int:step_id>/found-out", worklist.found_out, name="step_found_out"),
    path("words/", words.words, name="words"),
    path("words/<int:reply_id>/read", words.read, name="words_read"),
    # One missed session.
    path("cases/", cases.cases, name="cases"),
    path("cases/<uuid:ref>/", cases.case, name="case"),
    path("cases/<uuid:ref>/attempt", cases.attempt, name="case_attempt"),
    path("cases/<uuid:ref>/promise", cases.promise, name="case_promise"),
    path("cases/<uuid:ref>/finding", cases.finding, name="case_finding"),
    path("cases/<uuid:ref>/give", cases.give, name="case_give"),
    path("cases/<uuid:ref>/end", cases.end, name="case_end"),
    path("cases/<uuid:ref>/thread", cases.say, name="case_say"),
    path("cases/<uuid:ref>/thread/<int:note_id>/acknowledge", cases.acknowledge, name="case_acknowledge"),
    path("cases/<uuid:ref>/safety", safety.safety, name="case_safety"),
    path("cases/<uuid:ref>/safety/record", safety.record_step, name="case_record_safety"),
    path("cases/<uuid:ref>/safety/told", safety.disclose, name="case_disclose"),
    path("cases/<uuid:ref>/task", tasks.add, name="case_task"),
    # One patient.
    path("patients/", patients.patients, name="patients"),
    path("patients/<uuid:ref>/", patients.patient, name="patient"),
    path("patients/<uuid:ref>/notice", patients.notice, name="patient_notice"),
    path("patients/<uuid:ref>/flag", patients.flag, name="patient_flag"),
    path("patients/<uuid:ref>/flag/<int:flag_id>/end", patients.end_flag, name="patient_end_flag"),
    path("patients/<uuid:ref>/address", patients.address, name="patient_address"),
    path(
        "patients/<uuid:ref>/address/<int:address_id>/retire",
        patients.retire_address,
        name="patient_retire_address",
    ),
    path("patients/<uuid:ref>/contact", patients.contact, name="patient_contact"),
    path(
        "patients/<uuid:ref>/contact/<int:contact_id>/retire",
        patients.retire_contact,
        name="patient_retire_contact",
    ),
    path("patients/<uuid:ref>/consent", patients.consent, name="patient_consent"),
    path("patients/<uuid:ref>/location", patients.location, name="patient_location"),
    path("break-glass/", access.break_glass, name="break_glass"),
    # The team.
    path("overdue/", overdue.overdue, name="overdue"),
    path("huddle/", huddle.huddle, name="huddle"),
    path("reviews/<int:review_id>/", reviews.review, name="review"),
    path("reviews/<int:review_id>/decide", reviews.decide, name="review_decide"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:task_id>/done", tasks.done, name="task_done"),
    path("hand-off/", handoff.handoff, name="handoff"),
    path("hand-off/<int:note_id>/read", handoff.read, name="handoff_read"),
    # The program.
    path("unmatched/", unmatched.unmatched, name="unmatched"),
    path("unmatched/<int:stranger_id>/settle", unmatched.settle, name="unmatched_settle"),
    path("policies/", policies.policies, name="policies"),
    path("policies/<slug:program>/", policies.program, name="policy_program"),
    path("policies/<slug:program>/new", policies.write, name="policy_write"),
    path("policies/<slug:program>/<int:version>/", policies.version, name="policy_version"),
    path("policies/<slug:program>/replay", policies.replay, name="policy_replay"),
    path("long-work/", longwork.everything, name="longwork"),
    path("long-work/<uuid:ref>/", longwork.one, name="longwork_one"),
    path("long-work/<uuid:ref>/stop", longwork.stop, name="longwork_stop"),
    path("long-work/<uuid:ref>/result", longwork.result, name="longwork_result"),
    path("long-work/import", longwork.bring_in, name="longwork_import"),
    path("long-work/export", longwork.take_out, name="longwork_export"),
    # Who saw what.
    path("access/", access.trail, name="access"),
    path("access/broken-glass/<int:glass_id>/seen", access.seen, name="access_seen"),
]
