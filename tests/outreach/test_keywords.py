"""What a text asks of the machine: an opt-out in any reasonable wording, and never one that was not meant."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.outreach.keywords import Said, classify, is_bare
from rejoin.outreach.wording import TEMPLATES, Letterhead, render

OPT_OUTS = (
    "STOP", "stop", "Stop.", "STOP!!!", "  stop  ", '"STOP"', "stopall", "stop all", "quit", "QUIT", "revoke", "opt out",
    "Opt-out", "OPT OUT PLEASE", "optout", "cancel", "Cancel please", "unsubscribe", "end", "END", "alto", "ALTO",
    "parar", "Pare", "para", "baja", "BAJA", "cancelar", "detener", "no mas", "no más", "No más, por favor", "basta",
    "please stop texting me", "Please stop", "stop it", "stop now", "STOP STOP STOP", "s t o p", "S.T.O.P.",
    "stopppp", "ｓｔｏｐ", "sotp", "🛑", "🛑 stop 🛑", "stop 😡", "no stop", "no more texts", "No more messages please",
    "don't text me", "dont text me anymore", "Don’t text me", "do not contact me", "never text me again",
    "I don't want any more texts", "I do not want to receive these messages", "take me off your list", "remove me",
    "remove me from this list", "lose my number", "leave me out of it, unsubscribe me", "I want to unsubscribe",
    "no me escriban", "No me manden más mensajes", "no quiero mensajes", "no quiero recibir más mensajes",
    "no me vuelvan a escribir", "dejen de escribirme", "deja de mandarme mensajes", "quiero darme de baja",
    "denme de baja", "por favor pare", "ya no me manden textos", "para los mensajes", "Stop. I mean it.",
    "Who is this? Stop", "STOP\nsent from my phone", "stop sending me messages", "stop sending reminders", "stop the texts",
    "I want to stop these texts", "I revoke my consent", "Stop all texts", "opt me out", "opt out of texts",
    "stop messaging this number", "stop texting my phone", "please quit texting me", "end texts", "cancel these messages",
)  # fmt: skip

REPLIES = (
    "", " ", "😭", "yes", "Yes I will come", "ok", "thanks", "no", "I can't stop crying", "stop by later?",
    "can you stop by", "don't stop", "please don't stop texting me", "I can't stop texting my ex",
    "he won't stop texting me", "I need to stop contacting my ex", "I want no more contact with my ex",
    "I want to stop", "i cant stop", "make it stop", "stop me", "someone stop me", "I just want it all to stop",
    "the pain won't stop", "I want to end it", "end it all", "this has to end", "it never ends", "when does it end",
    "I quit", "never quit", "I want to quit drinking", "cancel tomorrow", "cancel my appointment", "I need to cancel",
    "help me", "I need help", "help help help", "help I relapsed", "info on tomorrow?", "no puedo más", "no puedo parar",
    "no paren", "no mas dolor", "no more drugs", "para mi", "para mañana", "estoy de baja", "basta con eso", "alta",
    "no me escribieron", "no me mandaron el enlace", "no me llegan mensajes", "quiero dejar de contactar a mi ex",
    "bus stop was closed", "nonstop headaches", "I stopped using", "parada del bus", "text me later",
    "don't call, text me", "start over", "I can start at 5", "I don't want to opt out", "what happens if I text stop",
    "> Reply STOP to opt out.\nI will be there",
)  # fmt: skip


@pytest.mark.parametrize("text", OPT_OUTS)
def test_an_opt_out_is_one_however_it_is_put(text: str) -> None:
    assert classify(text) is Said.STOP


@pytest.mark.parametrize("text", REPLIES)
def test_a_reply_is_not_taken_for_an_opt_out_and_goes_to_a_person(text: str) -> None:
    assert classify(text) is Said.REPLY


@pytest.mark.parametrize(
    "text", ["start", "START please", "Unstop", "Start texts again", "iniciar", "reanudar mensajes"]
)
def test_a_start_is_one(text: str) -> None:
    assert classify(text) is Said.START


@pytest.mark.parametrize("text", ["help", "HELP!", "info", "Ayuda", "¿ayuda?", "información", "help please"])
def test_a_request_for_help_with_texts_is_one(text: str) -> None:
    assert classify(text) is Said.HELP


@pytest.mark.parametrize(
    "tap", ["Liked “{}”", 'Reacted 👍 to "{}"', "Le gustó “{}”", "Reaccionó con 🛑 a “{}", "Loved «{}»"]
)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_tap_on_our_own_message_is_a_reply(tap: str, template: str, language: str) -> None:
    letterhead = Letterhead(organisation="Harbor Line", phone="212-555-0100")
    ours = render(template, form="sms", language=language, letterhead=letterhead).body
    assert classify(tap.format(ours)) is Said.REPLY


@pytest.mark.parametrize(
    "text", ["STOP", " stop.\n", "S.T.O.P.", "opt-out", "🛑", "Start!", "HELP?", "¿ayuda?", "ｓｔｏｐ"]
)
def test_a_keyword_alone_is_bare_punctuation_and_case_aside(text: str) -> None:
    assert is_bare(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "yes",
            "help me",
            "stop stop",
            "stop please",
            "stop 😭",
            "Stop. I am going to kill myself tonight",
        ),
        *('stop "I am going to kill myself tonight"', "stop\n> I am not safe", "stop 1", "no más"),
    ],
)
def test_whatever_stands_beside_a_keyword_or_in_its_place_is_more(text: str) -> None:
    assert not is_bare(text)


@given(st.text(max_size=400))
def test_any_text_has_a_meaning(text: str) -> None:
    assert classify(text) in set(Said)


@pytest.mark.parametrize(
    "piece", ["stop ", "no me ", "dont ", "i ", '"', "a.", "stop all the these ", "no mas quiero "]
)
def test_a_long_text_is_read_quickly(piece: str) -> None:
    began = time.perf_counter()
    classify(piece * (4_096 // len(piece)))
    assert time.perf_counter() - began < 1
