"""Every address of the patient's screens."""

from django.urls import path

from rejoin.portal.views import (
    calendar,
    cannot,
    catchup,
    installed,
    measures,
    messages,
    missed,
    notices,
    preferences,
    sessions,
    today,
)

app_name = "portal"
urlpatterns = [
    path("", today.today, name="today"),
    path("join/<int:seat_id>", today.join, name="join"),
    path("language", today.language, name="language"),
    path("cannot/<int:seat_id>", cannot.cannot, name="cannot"),
    path("missed/<uuid:case_ref>", missed.missed, name="missed"),
    path("sessions", sessions.sessions, name="sessions"),
    path("catch-up", catchup.catch_ups, name="catch_ups"),
    path("catch-up/<uuid:ref>", catchup.catch_up, name="catch_up"),
    path("measures/", measures.measures, name="measures"),
    path("measures/<uuid:ref>", measures.measure, name="measure"),
    path("notices", notices.notices, name="notices"),
    path("messages", messages.messages, name="messages"),
    path("preferences", preferences.preferences, name="preferences"),
    path("preferences/named", preferences.named, name="named"),
    path("preferences/reached", preferences.reached, name="reached"),
    path("preferences/quiet", preferences.quiet, name="quiet"),
    path("preferences/free", preferences.free, name="free"),
    path("preferences/video", preferences.video, name="video"),
    path("preferences/take-back", preferences.take_back, name="take_back"),
    path("preferences/close", preferences.close_to, name="close_to"),
    path("preferences/calendar", calendar.calendar_address, name="calendar_address"),
    path("app.webmanifest", installed.manifest, name="manifest"),
    path("worker.js", installed.worker, name="worker"),
    path("offline", installed.offline, name="offline"),
]
