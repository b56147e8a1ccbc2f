"""What messages say. Kind, short, and silent about everything: no word says what was missed, or why, or where.

Every message is rendered here and refused here when it breaks a rule, so that nothing unsafe is ever stored
to be sent. Sources: 42 CFR Part 2 and 45 CFR 164.502(b) (as little as is needed), 47 CFR 64.1200(a)(9)(iv) (a
healthcare text names its sender and a number, has 160 characters at most and tells how to opt out).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rejoin.domain.kernel.refusals import Refusal
from rejoin.domain.kernel.words import Word
from rejoin.outreach.channels.gsm import LONGEST_SEGMENT, foreign_characters, septets
from rejoin.outreach.channels.unsaid import FORBIDDEN_WORDS, find_forbidden

__all__ = [
    "FORBIDDEN_WORDS",
    "LANGUAGES",
    "TEMPLATES",
    "Form",
    "Letterhead",
    "Rendered",
    "find_faults",
    "find_forbidden",
    "letterhead_faults",
    "render",
]

LANGUAGES: Final = ("en", "es")
LONGEST_NAME: Final = 40
_PORTAL_URL: Final = re.compile(r"(?:https://)?[a-z0-9\-]+(?:\.[a-z0-9\-]+)+(?::[0-9]+)?(?:/[^\s@]*)?")


class Form(Word):
    """How a message travels decides its form."""

    SMS = "sms"
    """One GSM-7 segment, with the sender, a number and the way to opt out in it."""
    PUSH = "push"
    """Shown on a locked screen: the sender as its title, one or two sentences."""
    EMAIL = "email"
    SECURE_MESSAGE = "secure_message"
    """Behind the portal's sign-in; neutral all the same, since portals show previews."""
    LETTER = "letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes: a neutral name, the number to call back, and the portal's neutral address if there is one.

    `phone` as people read it, "555-0100"; `portal_url` without health in it. `Refusal` for a name or a
    number that cannot stand in a message.
    """

    organisation: str
    phone: str
    portal_url: str | None = None

    def __post_init__(self) -> None:
        name = self.organisation.strip()
        if not 1 < len(name) <= LONGEST_NAME or not name.isprintable() or not name[0].isalpha():
            raise Refusal("letterhead", f"the neutral name is a word, {LONGEST_NAME} characters at most")
        if not re.fullmatch(r"[+(]?[0-9][0-9 ().\-]{5,20}[0-9]", self.phone):
            raise Refusal("letterhead", "the call-back number is digits as people write them, like 555-0100")
        if self.portal_url is not None and not _PORTAL_URL.fullmatch(self.portal_url):
            raise Refusal("letterhead", "the portal's address is like https://example.org or example.org/in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message as it goes out. `subject` is an e-mail's subject or a notice's title; texts have none."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One message in one language: the whole of a text, and the sentences of every longer form ("" for none)."""

    sms: str
    note: str = ""


# Texts use no á, í, ó or ú: one of them would take the text out of the GSM-7 alphabet.
TEMPLATES: Final[Mapping[str, Mapping[str, Template]]] = {
    # Minutes after the start: there is still time.
    "neutral_nudge": {
        "en": Template(
            sms="{organisation}: we missed you and would love to see you. Need a hand? Call {phone} or "
            "check {portal}. Reply STOP to opt out.",
            note="We missed you today and would love to see you. If you need a hand, we are here.",
        ),
        "es": Template(
            sms="{organisation}: hoy le extrañamos. Si necesita ayuda, llame al {phone} o revise {portal}. "
            "Responda STOP para no recibir textos.",
            note="Hoy le extrañamos y nos encantaría verle. Si necesita ayuda, aquí estamos.",
        ),
    },
    # The same, shorter: given where a program compares the two (`followup.experiments`).
    "neutral_nudge_brief": {
        "en": Template(
            sms="{organisation}: you are welcome whenever you can make it. Call {phone} or check {portal}. "
            "Reply STOP to opt out.",
            note="You are welcome whenever you can make it. If you need a hand, we are here.",
        ),
        "es": Template(
            sms="{organisation}: le esperamos cuando pueda. Llame al {phone} o revise {portal}. "
            "Responda STOP para no recibir textos.",
            note="Le esperamos cuando pueda. Si necesita ayuda, aquí estamos.",
        ),
    },
    # A day or more later.
    "checking_in": {
        "en": Template(
            sms="{organisation}: we are thinking of you and would be glad to talk whenever it suits you. "
            "Call {phone}. Reply STOP to opt out.",
            note="We are thinking of you and would be glad to talk whenever it suits you. "
            "There is nothing to explain.",
        ),
        "es": Template(
            sms="{organisation}: pensamos en usted y nos alegra hablar cuando le venga bien. Llame al "
            "{phone}. Responda STOP para no recibir textos.",
            note="Pensamos en usted y nos alegrará hablar cuando le venga bien. No tiene que explicar nada.",
        ),
    },
    # There are times to choose from, behind the address that comes with it.
    "ways_back": {
        "en": Template(
            sms="{organisation}: pick a time that suits you at {portal} or call {phone}. STOP to opt out.",
            note="There are a few times you can choose from, whenever it suits you. One tap is enough.",
        ),
        "es": Template(
            sms="{organisation}: elija una hora en {portal} o llame al {phone}. STOP para no recibir textos.",
            note="Hay algunas horas entre las que puede elegir, cuando le venga bien. Basta con un toque.",
        ),
    },
    # She said that she would be back; this is the day.
    "promised_return": {
        "en": Template(
            sms="{organisation}: we look forward to seeing you. If your plans change, call {phone} or check "
            "{portal}. Reply STOP to opt out.",
            note="We look forward to seeing you. If your plans change, just let us know.",
        ),
        "es": Template(
            sms="{organisation}: nos alegra verle pronto. Si sus planes cambian, llame al {phone} o revise "
            "{portal}. Responda STOP para no recibir textos.",
            note="Nos alegra verle pronto. Si sus planes cambian, basta con avisarnos.",
        ),
    },
    # The miss was reversed: she had been there.
    "apology": {
        "en": Template(
            sms="{organisation}: please ignore our earlier message. It was our mistake and we are sorry. "
            "Questions? Call {phone}. Reply STOP to opt out.",
            note="Please ignore our earlier message. It was our mistake, not yours, and we are sorry.",
        ),
        "es": Template(
            sms="{organisation}: por favor ignore el mensaje anterior. El error fue nuestro, disculpe. "
            "Dudas: {phone}. Responda STOP para no recibir textos.",
            note="Por favor, ignore el mensaje anterior. El error fue nuestro y le pedimos disculpas.",
        ),
    },
    # The one confirmation that may follow an opt-out, within five minutes (47 CFR 64.1200(a)(12)).
    "stop_confirmation": {
        "en": Template(
            sms="{organisation}: you will get no more texts from us. You can still call {phone}. "
            "Reply START to get texts again.",
        ),
        "es": Template(
            sms="{organisation}: ya no le enviaremos textos. Puede llamar al {phone}. "
            "Responda START para volver a recibirlos.",
        ),
    },
    "start_confirmation": {
        "en": Template(
            sms="{organisation}: you will get our texts again. Our number is {phone}. Reply STOP to opt out.",
        ),
        "es": Template(
            sms="{organisation}: le enviaremos textos de nuevo. Nuestro tel. es {phone}. "
            "Responda STOP para no recibir textos.",
        ),
    },
    "help_answer": {
        "en": Template(
            sms="{organisation}: to talk to a person, call {phone}. In an emergency, call 911. "
            "Reply STOP to opt out.",
        ),
        "es": Template(
            sms="{organisation}: para hablar con una persona, llame al {phone}. En una emergencia, llame al 911. "
            "Responda STOP para no recibir textos.",
        ),
    },
}

# Texts that are not asked to tell how to opt out: there is nothing left to opt out of.
_WITHOUT_OPT_OUT: Final = frozenset({"stop_confirmation"})
_EMERGENCY_NUMBERS: Final = frozenset({"911"})

_PORTAL: Final = {"en": "your portal", "es": "su portal"}
_SUBJECT: Final = {"en": "A note from {organisation}", "es": "Un mensaje de {organisation}"}
_CLOSING: Final = {
    "en": "Call us at {phone}, or check {portal}.\n\n{organisation}",
    "es": "Llámenos al {phone} o revise {portal}.\n\n{organisation}",
}
_OPT_OUT: Final = {
    "en": "If you would rather not get these e-mails, tell us at {phone}.",
    "es": "Si prefiere no recibir estos correos, díganoslo al {phone}.",
}

_ADDRESS: Final = re.compile(
    r"\b[a-z][a-z0-9+.\-]*://|\bwww\.|@|\b[a-z0-9](?:[a-z0-9\-]*\.)+[a-z]{2,}\b", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\w*\d\w*")


def render(template: str, *, form: Form | str, language: str, letterhead: Letterhead) -> Rendered:
    """The message `template` as it goes out by `form`. A language that we do not have becomes English.

    `Refusal("unknown_template")` for an id, or a form of it, that does not exist; `Refusal("unsafe_wording")`
    when the result, names included, breaks a rule.
    """
    known = language.lower().partition("-")[0]
    spoken = known if known in LANGUAGES else "en"
    rendered = _compose(template, Form(form), spoken, letterhead)
    faults = find_faults(rendered, form=Form(form), letterhead=letterhead)
    if form == Form.SMS and template not in _WITHOUT_OPT_OUT and "STOP" not in rendered.body:
        faults.append("does not say how to opt out")
    if faults:
        raise Refusal("unsafe_wording", f"{template} ({spoken}, {form}) {'; '.join(faults)}")
    return rendered


def letterhead_faults(letterhead: Letterhead) -> list[str]:
    """Everything that would be refused under this letterhead: asked when it is set up, not in the evening
    when a text does not go out."""
    faults: dict[str, None] = {}
    for template, languages in TEMPLATES.items():
        for language, words in languages.items():
            for form in Form if words.note else (Form.SMS,):
                try:
                    render(template, form=form, language=language, letterhead=letterhead)
                except Refusal as refusal:
                    faults.setdefault(refusal.message)
    return list(faults)


def find_faults(rendered: Rendered, *, form: Form, letterhead: Letterhead) -> list[str]:
    """The rules that a message breaks, each as a sentence's end: "holds the word recovery"."""
    whole = f"{rendered.subject}\n{rendered.body}"
    faults = [f"holds the word {word}" for word in find_forbidden(whole)]
    rest = _without_ours(whole, letterhead)
    faults += [f"holds the address {match.group()}" for match in _ADDRESS.finditer(rest)]
    numbers = [match.group() for match in _NUMBER.finditer(rest)]
    faults += [f"holds the number {each}" for each in numbers if each not in _EMERGENCY_NUMBERS]
    if form is Form.SMS:
        faults += _air_faults(rendered.body)
    return faults


def _air_faults(body: str) -> list[str]:
    foreign = foreign_characters(body)
    if foreign:
        return [f"holds characters outside GSM-7: {' '.join(foreign)}"]
    length = septets(body)
    return [f"has {length} characters, {LONGEST_SEGMENT} at most"] if length > LONGEST_SEGMENT else []


def _compose(template: str, form: Form, language: str, letterhead: Letterhead) -> Rendered:
    words = TEMPLATES.get(template, {}).get(language)
    if words is None or (form is not Form.SMS and not words.note):
        raise Refusal("unknown_template", f"there is no message {template} for {form}")
    if form is Form.SMS:
        return Rendered(subject="", body=_fill(words.sms, language, letterhead))
    if form is Form.PUSH:
        return Rendered(subject=letterhead.organisation.strip(), body=_fill(words.note, language, letterhead))
    paragraphs = [words.note, _CLOSING[language]] + ([_OPT_OUT[language]] if form is Form.EMAIL else [])
    return Rendered(
        subject=_fill(_SUBJECT[language], language, letterhead),
        body=_fill("\n\n".join(paragraphs), language, letterhead),
    )


def _fill(text: str, language: str, letterhead: Letterhead) -> str:
    return text.format(
        organisation=letterhead.organisation.strip(),
        phone=letterhead.phone,
        portal=letterhead.portal_url or _PORTAL[language],
    )


def _without_ours(text: str, letterhead: Letterhead) -> str:
    """The text without the address, the number and the name that may stand in it."""
    for ours in (letterhead.portal_url, letterhead.phone, letterhead.organisation.strip()):
        if ours:
            text = text.replace(ours, " ")
    return text
