"""Her ways back after a miss, by her link."""

from django.urls import path

from rejoin.portal.views import makeup

app_name = "makeup"
urlpatterns = [
    path("makeup/<str:token>/", makeup.choose, name="choose"),
    path("makeup/<str:token>/look", makeup.look, name="look"),
    path("makeup/<str:token>/accept", makeup.accept, name="accept"),
    path("makeup/<str:token>/decline", makeup.decline, name="decline"),
    path("makeup/<str:token>/none", makeup.none, name="none"),
    path("makeup/<str:token>/back", makeup.back, name="back"),
    path("makeup/<str:token>/wait", makeup.wait, name="wait"),
    path("makeup/<str:token>/leave", makeup.leave, name="leave"),
    path("makeup/<str:token>/join", makeup.join, name="join"),
    path("makeup/<str:token>/appointment.ics", makeup.calendar, name="calendar"),
]
