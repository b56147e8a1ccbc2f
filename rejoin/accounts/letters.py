"""Letters about an account, to the address it is signed in with. They name nobody and say nothing of health; to a patient they speak her
language.

They are written and sent by a worker: who asks for a new password waits as long for an account that there is as for
one that there is not, and what is in the queue is the number of an account, never a link.
"""

from typing import Final

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from procrastinate.contrib.django import app

from rejoin.accounts.browser import language_of
from rejoin.accounts.models import User
from rejoin.accounts.words import words_in
from rejoin.domain.kernel import Word

TASK: Final = "accounts.send_letter"


class Letter(Word):
    """What a letter is about."""

    RESET = "reset"
    PASSWORD = "password"  # noqa: S105 - a word
    SECOND_FACTOR = "second_factor"


def send_letter(letter: Letter, user: User | None) -> None:
    """Have a worker send it, if this transaction commits. To nobody it is the same work here, and none there."""
    app.configure_task(TASK, queue="sending").defer(letter=letter.value, user_id=user.pk if user else None)


def write(letter: Letter, user: User) -> tuple[str, str]:
    """Subject and text."""
    path = reverse("account_reset_password")
    if letter is Letter.RESET:
        names = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
        path = reverse("account_reset_password_from_key", kwargs=names)
    base, say = settings.BASE_URL, words_in(language_of(user))
    return say.subjects[letter], say.letters[letter].format(base=base, link=f"{base}{path}")


def deliver(letter: Letter, user_id: int | None) -> None:
    """By the worker. Whoever never took up her invitation is sent no way around it."""
    user = User.objects.filter(pk=user_id or 0, is_active=True).first()
    if user is None or (letter is Letter.RESET and not user.has_usable_password()):
        return
    subject, text = write(letter, user)
    send_mail(subject, text, None, [user.email])
