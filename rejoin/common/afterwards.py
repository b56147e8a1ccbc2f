"""What is done once an answer's transaction has ended, and before the answer goes out.

Somebody else's machine is asked there: while it takes its time no transaction is open, and what was written stands
whatever it says.
"""

from collections.abc import Callable

from django.http import HttpResponse


def afterwards(response: HttpResponse, do: Callable[[HttpResponse], object]) -> HttpResponse:
    """The same answer, with what is to be done with it once its transaction has ended."""
    response.afterwards = do  # type: ignore[attr-defined] # for the doors
    return response


def do_afterwards(response: HttpResponse) -> None:
    """Called by the doors, outside of their transactions."""
    do: Callable[[HttpResponse], object] | None = getattr(response, "afterwards", None)
    if do is not None:
        do(response)
