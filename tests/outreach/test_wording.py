"""What messages say, and above all what they do not."""

import re
from collections.abc import Iterator
from importlib import resources

import pytest

from rejoin.domain.kernel.refusals import Refusal
from rejoin.outreach.channels.gsm import BASIC, fits_one_segment, foreign_characters, septets
from rejoin.outreach.channels.phone import SCRIPTS, phone_script
from rejoin.outreach.wording import (
    FORBIDDEN_WORDS,
    LANGUAGES,
    TEMPLATES,
    Form,
    Letterhead,
    Rendered,
    find_faults,
    find_forbidden,
    letterhead_faults,
    render,
)

HARBOR = Letterhead(organisation="Harbor Line", phone="212-555-0100")
LONGEST = Letterhead(organisation="Harbor Line and Company", phone="(212) 555-0100")


def everything() -> Iterator[tuple[str, str, Form]]:
    for template, languages in TEMPLATES.items():
        for language, words in languages.items():
            for form in Form if words.note else (Form.SMS,):
                yield template, language, form


def test_a_nudge_reads_as_it_should() -> None:
    assert render("neutral_nudge", form="sms", language="en", letterhead=HARBOR).body == (
        "Harbor Line: we missed you and would love to see you. Need a hand? "
        "Call 212-555-0100 or check your portal. Reply STOP to opt out."
    )
    assert render("neutral_nudge", form="sms", language="es-MX", letterhead=HARBOR).body == (
        "Harbor Line: hoy le extrañamos. Si necesita ayuda, llame al 212-555-0100 o revise su portal. "
        "Responda STOP para no recibir textos."
    )


@pytest.mark.parametrize("letterhead", [HARBOR, LONGEST])
@pytest.mark.parametrize(("template", "language", "form"), list(everything()))
def test_every_message_keeps_every_rule(
    template: str, language: str, form: Form, letterhead: Letterhead
) -> None:
    rendered = render(template, form=form, language=language, letterhead=letterhead)
    assert find_faults(rendered, form=form, letterhead=letterhead) == []
    assert "{" not in rendered.subject + rendered.body
    if form is Form.SMS:
        assert fits_one_segment(rendered.body)
        assert letterhead.organisation in rendered.body
        assert letterhead.phone in rendered.body
        assert "STOP" in rendered.body or template == "stop_confirmation"
    if form is Form.PUSH:
        assert rendered.subject == letterhead.organisation


@pytest.mark.parametrize(("template", "language", "form"), list(everything()))
def test_no_message_blames(template: str, language: str, form: Form) -> None:
    body = render(template, form=form, language=language, letterhead=HARBOR).body.lower()
    for blaming in (
        "you missed",
        "failed",
        "again",
        "must",
        "again missed",
        "usted no",
        "debe",
        "de nuevo falt",
    ):
        if (template, blaming) != ("stop_confirmation", "again") and template != "start_confirmation":
            assert blaming not in body


def test_every_template_of_the_policies_that_ship_exists() -> None:
    named = {
        name
        for policy in resources.files("rejoin.policies").iterdir()
        if policy.name.endswith(".yaml")
        for name in re.findall(r"template: (\w+)", policy.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= set(TEMPLATES)


def test_every_message_is_there_in_every_language() -> None:
    for languages in (*TEMPLATES.values(), *SCRIPTS.values()):
        assert tuple(languages) == LANGUAGES


def test_a_language_that_we_do_not_have_becomes_english() -> None:
    assert render("apology", form="sms", language="fr", letterhead=HARBOR) == render(
        "apology", form="sms", language="en", letterhead=HARBOR
    )


def test_longer_forms_close_with_the_number_and_email_tells_how_to_stop_it() -> None:
    email = render("checking_in", form=Form.EMAIL, language="es", letterhead=HARBOR)
    letter = render("checking_in", form=Form.LETTER, language="en", letterhead=HARBOR)
    assert email.subject == "Un mensaje de Harbor Line"
    assert "estos correos" in email.body
    assert letter.subject == "A note from Harbor Line"
    assert "e-mails" not in letter.body
    assert "Call us at 212-555-0100, or check your portal." in letter.body


@pytest.mark.parametrize(("template", "form"), [("nothing", "sms"), ("stop_confirmation", "push")])
def test_a_message_that_does_not_exist_is_refused(template: str, form: str) -> None:
    with pytest.raises(Refusal, match="there is no message"):
        render(template, form=form, language="en", letterhead=HARBOR)


@pytest.mark.parametrize(
    "organisation",
    [
        "Hope Recovery",
        "HopeRecovery",
        "hoperecovery.org",
        "Harbor I.O.P.",
        "Twelve Steps House",
        "Bay Counseling",
        "Grupo Esperanza",
        "Centro de Rehabilitación",
        "Clínica del Sol",
        "Re-hab House",
        "Ｒｅｃｏｖｅｒｙ Inn",
    ],
)
def test_a_name_that_discloses_never_gets_into_a_message(organisation: str) -> None:
    with pytest.raises(Refusal, match="holds the word"):
        render(
            "neutral_nudge",
            form="push",
            language="en",
            letterhead=Letterhead(organisation=organisation, phone="555-0100"),
        )


@pytest.mark.parametrize(
    ("organisation", "fault"),
    [
        ("A very long but neutral name of something", "neutral name"),
        ("", "neutral name"),
        ("555", "neutral name"),
        ("Two\nlines", "neutral name"),
        ("Harbor Líne", "outside GSM-7: í"),
        ("Harbor Line and all its many friends", "160 at most"),
    ],
)
def test_a_name_that_cannot_go_out_is_refused(organisation: str, fault: str) -> None:
    with pytest.raises(Refusal, match=fault):
        render(
            "apology",
            form="sms",
            language="es",
            letterhead=Letterhead(organisation=organisation, phone="(212) 555-0100"),
        )


@pytest.mark.parametrize("phone", ["", "call us", "12", "+1 (212) 555-0100 ext. 55"])
def test_a_number_that_nobody_can_call_is_refused(phone: str) -> None:
    with pytest.raises(Refusal, match="call-back number"):
        Letterhead(organisation="Harbor Line", phone=phone)


@pytest.mark.parametrize(
    "url", ["", "portal", "javascript:alert(1)", "http://harborline.example", "a b.example"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Refusal, match="portal's address"):
        Letterhead(organisation="Harbor Line", phone="555-0100", portal_url=url)


def test_the_neutral_address_stands_in_a_message_and_a_telling_one_does_not() -> None:
    neutral = Letterhead(organisation="Harbor Line", phone="555-0100", portal_url="harborline.example/in")
    assert (
        "harborline.example/in" in render("neutral_nudge", form="sms", language="en", letterhead=neutral).body
    )
    telling = Letterhead(
        organisation="Harbor Line", phone="555-0100", portal_url="https://iop-relapse.example"
    )
    with pytest.raises(Refusal, match="holds the word"):
        render("neutral_nudge", form="sms", language="en", letterhead=telling)


def test_a_letterhead_is_judged_when_it_is_set_up() -> None:
    assert letterhead_faults(HARBOR) == []
    faults = letterhead_faults(Letterhead(organisation="Hope Recovery", phone="555-0100"))
    assert len(faults) > 10
    assert all("recovery" in each for each in faults)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("Look at https://evil.example/x", "holds the address https://"),
        ("Look at www.harbor", "holds the address www."),
        ("Write to ada@example.org", "holds the address"),
        ("Look at portal.example.org/x", "holds the address portal.example.org"),
        ("We missed you on 10/6", "holds the number 10"),
        ("That was the 3rd time", "holds the number 3rd"),
        ("See you at 6pm", "holds the number 6pm"),
        ("Call 212-555-0199", "holds the number 212"),
    ],
)
def test_other_addresses_dates_and_counts_are_faults(body: str, fault: str) -> None:
    faults = find_faults(Rendered(subject="", body=body), form=Form.EMAIL, letterhead=HARBOR)
    assert any(each.startswith(fault) for each in faults), faults


@pytest.mark.parametrize(
    "text",
    [
        "your group tonight", "GROUPS", "therapy", "therapist", "Terapéutico", "in recovery", "recuperándose", "recuperacion",
        "treatment plan", "tratamientos", "clinic", "clínico", "IOP", "i.o.p.", "I O P", "rehab", "Rehabilitación",
        "session", "sesión", "sesiones", "sobriety", "sobrio", "relapse", "recaída", "recaer", "counselor", "counsellors",
        "consejera", "program", "programas", "patient", "PACIENTES", "absence", "absent", "ausencia", "falta", "faltó",
        "attendance", "asistencia", "depression", "depresión", "anxiety", "ansiedad", "bipolar", "PTSD", "suicide", "suicidio",
        "methadone", "metadona", "Suboxone", "opioids", "opiáceos", "alcohol", "cocaína", "heroin", "overdose", "sobredosis",
        "drug test", "drogas", "addiction", "adicción", "detox", "psychiatrist", "psiquiatra", "probation", "court date",
        "no-show", "non compliant", "12 steps", "doce pasos", "mental health", "salud mental", "self-harm", "re-covery",
        "hope-recovery.org", "MySoberApp", "t\u00adherapy", "so\u200bber", "libertad  condicional", "médico",
    ],
)  # fmt: skip
def test_a_word_that_discloses_is_found_however_it_is_written(text: str) -> None:
    assert find_forbidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "We missed you today", "Call 555-0100 or check your portal", "Harbor Line", "Reply STOP to opt out",
        "Responda STOP para no recibir textos", "Hoy le extrañamos", "sobre el correo", "fundamental", "Morning Star",
        "Bridge & Co", "a method", "Company", "assist you", "the end of the day", "para usted", "nada que explicar",
    ],
)  # fmt: skip
def test_plain_words_are_left_alone(text: str) -> None:
    assert find_forbidden(text) == []


def test_words_are_found_once_as_they_stand() -> None:
    assert find_forbidden("Group group THERAPY") == ["group", "therapy"]


def test_every_forbidden_word_is_found_by_itself() -> None:
    for words in FORBIDDEN_WORDS.values():
        for word in words:
            assert find_forbidden(word.strip("*")), word


def test_the_alphabet_is_that_of_the_standard() -> None:
    assert len(BASIC) == 127, "128 places, less the escape"
    assert foreign_characters("áéíñóúü¿¡à") == ["á", "í", "ó", "ú"]
    assert septets("a€[b]") == 8
    assert fits_one_segment("x" * 160)
    assert not fits_one_segment("x" * 159 + "€")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_says_nothing_where_others_may_hear(script: str, language: str) -> None:
    filled = phone_script(script, language=language, letterhead=HARBOR)
    for heard in (filled.opening, filled.to_others, filled.voicemail):
        assert find_forbidden(heard) == []
    assert "212-555-0100" in filled.voicemail
    assert "Harbor Line" not in filled.voicemail, "the name alone says who calls, and to whom"
    assert "{" not in "".join(
        [filled.before, filled.opening, *filled.say, filled.to_others, filled.voicemail]
    )


def test_a_script_under_a_telling_name_is_refused() -> None:
    with pytest.raises(Refusal, match="recovery"):
        phone_script(
            "first_call",
            language="en",
            letterhead=Letterhead(organisation="Hope Recovery", phone="555-0100"),
        )
    with pytest.raises(Refusal, match="no script"):
        phone_script("nothing", language="en", letterhead=HARBOR)


def test_an_urgent_call_asks_directly_and_names_the_lines() -> None:
    spoken = " ".join(phone_script("urgent_call", language="en", letterhead=HARBOR).say)
    assert "Are you safe?" in spoken
    assert "988" in spoken
    assert "911" in spoken
