"""What she was at, and what is open."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.portal.door import Herself, patient_asks
from rejoin.portal.present.sessions import present_sessions, read_owed, read_seats
from rejoin.programs.books import books_of


@patient_asks
def sessions(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Her attendance in words, her hours of this week, and what she can still make up."""
    with herself.seeing():
        seats, owed = read_seats(herself), read_owed(herself)
    books = books_of(each.program_id for each in seats)
    shown = present_sessions(seats, owed, books, herself)
    return TemplateResponse(request, "portal/sessions.html", {"mine": shown})
