"""Her ways back after a miss, by her link."""

from django.urls import path

from rejoin.portal.views import makeup

app_name = "makeup"
urlpatterns = [
    path("makeup/<str:token>/", makeup.choose, name="choose"),
    path("makeup/<str:token>/accept", makeup.accept, name="accept"),
    path("makeup/<str:token>/decline", makeup.decline, name="decline"),
    path("makeup/<str:token>/none", makeup.none, name="none"),
]
