"""Pages that a patient meets before she has signed in, at a session's door and in its room: in her language, and easy to read."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client

from rejoin.accounts import words as signing_words
from rejoin.accounts.actions import invite
from rejoin.accounts.browser import COOKIE
from rejoin.accounts.letters import Letter, write
from rejoin.common.actors import patient_actor
from rejoin.curricula.readability import HIGHEST_GRADE, LOWEST_EASE, english_grade, spanish_ease
from rejoin.outreach.wording import LANGUAGES, TEMPLATES
from rejoin.visits import words as door_words
from rejoin.visits.models import Visit
from tests.apps.scene import START
from tests.apps.signing import account_of, client_of
from tests.apps.visits_scene import Evening

PAGES = Path(settings.STATICFILES_DIRS[0]).parent / "templates"
SPOKEN_PAGES = [
    *(
        PAGES / f"{each}.html"
        for each in ("400", "403_csrf", "404", "429", "layouts/spoken", "layouts/_switch")
    ),
    *sorted((PAGES / "visits").glob("*.html")),
    *(PAGES / f"account/{each}.html" for each in ("login", "logout")),
    *sorted((PAGES / "account").glob("password_reset*.html")),
    *(PAGES / f"{each}.html" for each in ("accounts/invitation", "accounts/useless", "mfa/authenticate")),
]
STAFF_ALONE = re.compile(r"{% if host %}.*?{% endif %}", re.DOTALL)
SETS = (signing_words, door_words)
NEW_YORK = ZoneInfo("America/New_York")
AT = datetime(2026, 10, 9, 22, 0, tzinfo=UTC)
GIVEN: Mapping[str, Any] = {
    "at": AT,
    "zone": NEW_YORK,
    "begins": "12 Elm",
    "state": "New York",
    "name": "Ben",
    "digits": "47",
    "number": "555-0100",
    "email": "ada@example.org",
}
SAME = {"no": "No", "states": "names", "room.camera": ""}
WORST = 3
"""School years that one page's words may be above the mark, and points that they may be below it (times five)."""


def said_of(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from said_of(f"{name}.{key}", each)
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from said_of(f"{name}.{number}", each)
    else:
        asked: Callable[..., str] = value
        yield name, asked(**{each: GIVEN[each] for each in value.__annotations__.keys() - {"return"}})


def said_in(module: Any, language: str) -> dict[str, str]:
    """Everything that can be said, by name."""
    names = sorted(each for each in vars(module.English) if not each.startswith("_"))
    return dict(told for each in names for told in said_of(each, getattr(module.SPOKEN[language], each)))


@pytest.mark.parametrize("module", SETS, ids=["signing in", "the door"])
def test_every_word_is_said_in_both_languages(module: Any) -> None:
    english, spanish = said_in(module, "en"), said_in(module, "es")
    assert english.keys() == spanish.keys()
    same = [each for each in english if english[each] == spanish[each] and each not in SAME]
    assert [each for each in same if not each.startswith("states.")] == []


def test_every_message_is_written_in_both_languages() -> None:
    for name, written in TEMPLATES.items():
        assert set(written) == set(LANGUAGES), name
        english, spanish = written["en"], written["es"]
        assert english.sms != spanish.sms
        assert bool(english.note) == bool(spanish.note)
        assert english.note != spanish.note or not english.note


@pytest.mark.parametrize("path", SPOKEN_PAGES, ids=lambda each: f"{each.parent.name}/{each.name}")
def test_no_page_says_a_word_of_its_own(path: Path) -> None:
    text = STAFF_ALONE.sub("", path.read_text())
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:aria-label|title|alt|placeholder|label|hint)="([^"]*[A-Za-z][^"]*)"', text)
    bare = re.sub(r"<[^>]*>", " ", text)
    assert re.findall(r"[^\W\d_]+", " ".join([bare, *spoken])) == []


def messages_in(language: str) -> list[str]:
    return [each[language].note for each in TEMPLATES.values() if each[language].note]


def parts_of(language: str) -> dict[str, list[str]]:
    """Sentences that belong together, by what she reads them for."""
    parts = {"messages": messages_in(language)}
    for title, module in (("signing in", signing_words), ("the door", door_words)):
        for name, said in said_in(module, language).items():
            part = next(
                (each for each in ("room", "consent", "letters", "errors") if name.startswith(each)), ""
            )
            if said.rstrip().endswith((".", "?")):
                parts.setdefault(f"{title}, {part}" if part else title, []).append(
                    re.sub(r"{\w+}", "it", said)
                )
    return parts


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_she_reads_there_is_easy(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All together under the mark, and no part far from it."""
    measure = english_grade if language == "en" else spanish_ease
    parts = parts_of(language)
    figures = {name: measure("\n".join(said)) for name, said in parts.items()}
    whole = measure("\n".join(each for said in parts.values() for each in said))
    with capsys.disabled():
        told = ", ".join(f"{name} {figure:.1f}" for name, figure in sorted(figures.items()))
        print(f"\n{language}: whole {whole:.1f}, median {median(figures.values()):.1f}; {told}")
    if language == "en":
        assert whole <= HIGHEST_GRADE
        assert max(figures.values()) <= HIGHEST_GRADE + WORST
    else:
        assert whole >= LOWEST_EASE
        assert min(figures.values()) >= LOWEST_EASE - 5 * WORST


class Shown(HTMLParser):
    """What is read on a page, and said by it to whoever does not see."""

    def __init__(self) -> None:
        super().__init__()
        self.told: set[str] = set()
        self.languages: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.languages.append(given.get("lang") or "")
        self.silent += tag in ("script", "style")
        for each in ("aria-label", "title", "placeholder"):
            self.add(given.get(each) or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.add(data)

    def add(self, text: str) -> None:
        words = " ".join(text.split())
        if len(re.sub(r"[\W\d_]", "", words)) > 2:
            self.told.add(words)


def shown(answer: Any) -> Shown:
    page = Shown()
    page.feed(answer.content.decode())
    return page


STATE_NAMES = frozenset(door_words.SPOKEN["en"].states.values())
NAMES = {"Rejoin", "evening", "Evening", "Español", "English", "ada@example.org"}


def left_in_english(ask: Callable[[str], Any], names: frozenset[str] = frozenset()) -> list[str]:
    """What a page says in Spanish as in English, of more than two letters, without names."""
    english, spanish = shown(ask("en")), shown(ask("es"))
    assert (english.languages, spanish.languages) == (["en"], ["es"])
    same = english.told & spanish.told - STATE_NAMES - NAMES - names
    return sorted(each for each in same if not each.startswith(("Error:", "· Rejoin")))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/account/login/", "/account/password/reset/", "/account/password/reset/done/", "/nothing-here"]
)
def test_before_anybody_is_known_her_browser_says_which_language(path: str) -> None:
    assert (
        left_in_english(lambda language: Client().get(path, headers={"Accept-Language": f"{language}-US"}))
        == []
    )


@pytest.mark.django_db
def test_what_is_not_right_is_said_in_her_language() -> None:
    def ask(language: str) -> Any:
        headers = {"Accept-Language": language}
        return Client().post(
            "/account/login/", {"login": "nobody@example.org", "password": "x"}, headers=headers
        )

    assert left_in_english(ask) == []
    assert "El correo o la contraseña no es correcta." in ask("es").content.decode()
    empty = (
        Client().post("/account/login/", {"login": "x"}, headers={"Accept-Language": "es"}).content.decode()
    )
    assert "Esto no es un correo electrónico." in empty
    assert "Escriba algo aquí, por favor." in empty


@pytest.mark.django_db
def test_a_button_of_the_page_changes_its_language_and_leads_nowhere_else() -> None:
    client = Client()
    answer = client.post("/account/language", {"language": "es", "next": "/account/login/"})
    assert (answer.status_code, answer["Location"]) == (303, "/account/login/")
    assert "Contraseña" in client.get("/account/login/", headers={"Accept-Language": "en"}).content.decode()
    for away in ("https://example.org/", "//example.org/", "javascript:alert(1)", ""):
        assert client.post("/account/language", {"language": "en", "next": away})["Location"] == "/"
    assert client.post("/account/language", {"language": "xx"}).status_code == 404
    assert client.get("/account/language").status_code == 405


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    return Evening(monkeypatch)


def at_the_door(evening: Evening, path: str = "", sent: dict[str, str] | None = None) -> list[str]:
    """What is left in English of a page of ada's link, as she chooses one language and the other."""
    link = evening.link(evening.ada)

    def ask(language: str) -> Any:
        client = Client()
        client.cookies[COOKIE] = language
        return client.get(link + path) if sent is None else client.post(link + path, sent)

    names = frozenset({evening.session.program.neutral_name, "A.", "ada"})
    return left_in_english(ask, names)


@pytest.mark.django_db
def test_at_the_door_nothing_is_left_in_english(evening: Evening) -> None:
    assert at_the_door(evening) == []
    assert at_the_door(evening, "check-in", {}) == []
    assert at_the_door(evening, "check-in", {"driving": "yes"}) == []
    for away in (-timedelta(hours=5), -timedelta(minutes=25), timedelta(days=1)):
        evening.at(START + away)
        assert at_the_door(evening) == []


@pytest.mark.django_db
def test_in_the_room_nothing_is_left_in_english(evening: Evening) -> None:
    evening.check_in(evening.ada)
    assert at_the_door(evening) == []
    assert at_the_door(evening, "in") == []
    assert at_the_door(evening, "moved") == []
    visit = Visit.objects.get(patient=evening.ada)
    client_of(evening.scene.ben).post(f"/sessions/{evening.session.ref}/room/admit", {"visit": visit.pk})
    assert at_the_door(evening) == []


@pytest.mark.django_db
def test_elsewhere_and_turned_away_nothing_is_left_in_english(evening: Evening) -> None:
    evening.check_in(evening.eve)
    visit = Visit.objects.get(patient=evening.eve)
    client_of(evening.scene.ben).post(f"/sessions/{evening.session.ref}/room/refuse", {"visit": visit.pk})
    evening.ada, evening.eve = evening.eve, evening.ada
    assert at_the_door(evening) == []
    evening.ada = evening.eve
    evening.check_in(evening.ada, state="ZZ")
    assert at_the_door(evening) == []


@pytest.mark.django_db
def test_whom_a_link_is_known_to_is_spoken_to_as_her_record_says(evening: Evening) -> None:
    evening.ada.__class__.objects.filter(pk=evening.ada.pk).update(language="es")
    assert "Antes de entrar" in Client().get(evening.link(evening.ada)).content.decode()
    assert Client().post(f"{evening.link(evening.ada)}hand").json()["words"] == "Usted no está en la sala."
    host = client_of(evening.scene.ben)
    assert (
        'lang="en"'
        in host.get(
            f"/sessions/{evening.session.ref}/room/in", headers={"Accept-Language": "es"}
        ).content.decode()
    )


@pytest.mark.django_db
def test_an_invitation_and_a_letter_speak_her_language(evening: Evening) -> None:
    user = account_of(evening.ada)
    evening.ada.language = "es"
    evening.ada.save(update_fields=["language"])
    path = invite(user=user, by=patient_actor(evening.ada.pk), at=START)
    page = Client().get(path)
    assert "Elija una contraseña" in page.content.decode()
    assert left_in_english(lambda each: chosen(each).get(path), frozenset({user.email})) == []
    short = chosen("es").post(path, {"password1": "12345", "password2": "12345"}).content.decode()
    assert "Es muy corta." in short
    apart = {"password1": "quiet otter crosses", "password2": "quiet otter crossed"}
    assert (
        "Escriba la misma contraseña en los dos lugares." in chosen("es").post(path, apart).content.decode()
    )
    user.refresh_from_db()
    subject, text = write(Letter.PASSWORD, user)
    assert subject == "Su contraseña cambió"
    assert "pida otra contraseña" not in text
    assert "pida otra enseguida" in text


def chosen(language: str) -> Client:
    client = Client()
    client.cookies[COOKIE] = language
    return client
