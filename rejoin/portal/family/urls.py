"""Every address of a family's pages."""

from django.urls import path

from rejoin.portal.family import rooms, views
from rejoin.visits.answers import FOR_ALL, FOR_PATIENTS

app_name = "family"
urlpatterns = [
    path("", views.home, name="home"),
    path("mine", views.mine, name="mine"),
    path("<uuid:ref>", views.person, name="person"),
    # The room of a family session, as by a patient's link (`visits.urls`).
    path("<uuid:ref>/<uuid:session>/", rooms.welcome, name="room"),
    path("<uuid:ref>/<uuid:session>/check-in", rooms.check_in, name="room_check_in"),
    path("<uuid:ref>/<uuid:session>/moved", rooms.moved, name="room_moved"),
    path("<uuid:ref>/<uuid:session>/in", rooms.inside, name="room_in"),
    path("<uuid:ref>/<uuid:session>/people", rooms.people, name="room_people"),
    path("<uuid:ref>/<uuid:session>/events", rooms.events, name="room_events"),
    *(
        path(f"<uuid:ref>/<uuid:session>/{what}", rooms.act, {"what": what}, name=f"room_{what}")
        for what in (*FOR_ALL, *FOR_PATIENTS)
    ),
]
