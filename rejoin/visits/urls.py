"""A patient's way in, by her link. What the page of a room asks for is the same for the staff (`console.urls`)."""

from django.urls import path

from rejoin.visits import views
from rejoin.visits.answers import FOR_ALL, FOR_PATIENTS

app_name = "visits"
urlpatterns = [
    path("join/<str:token>/", views.welcome, name="welcome"),
    path("join/<str:token>/check-in", views.check_in, name="check_in"),
    path("join/<str:token>/moved", views.moved, name="moved"),
    path("join/<str:token>/in", views.inside, name="inside"),
    path("join/<str:token>/people", views.people, name="people"),
    path("join/<str:token>/events", views.events, name="events"),
    *(
        path(f"join/<str:token>/{what}", views.act, {"what": what}, name=what)
        for what in (*FOR_ALL, *FOR_PATIENTS)
    ),
]
