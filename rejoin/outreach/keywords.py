"""What a text means to the machine: stop, start, help, or a reply that a person reads.

Nothing else is read from a text: how somebody is, software does not decide. STOP ends texts on this
channel and nothing more; wherever a text is more than the bare keyword, a person reads it as every other.
Sources: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe, and any reasonable
wording), https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out (START, UNSTOP, HELP, INFO).
"""

import re
import unicodedata
from typing import Final

from rejoin.domain.kernel.words import Word
from rejoin.outreach.channels.unsaid import plain_words


class Said(Word):
    """What a text asks of the machine."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    REPLY = "reply"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that mean nothing else, alone or beside words about texts.
_STOP_WORDS: Final = _set(
    "stop stopp sotp stpo stopall stoptexts unsubscribe unsuscribe unsubcribe optout remove "
    "alto parar pare paren basta baja desuscribir desuscribirme desuscribirse detener"
)
# Words that mean much else besides ("cancel tomorrow", "I want to end it", "para mi"): alone or not at all.
_STOP_ALONE: Final = _set("end quit cancel revoke cancelar terminar fin salir para")
_START_WORDS: Final = _set("start unstop resume subscribe iniciar comenzar empezar reanudar")
_HELP_WORDS: Final = _set("help info ayuda informacion")
_STOP_SIGN: Final = "\N{OCTAGONAL SIGN}"
_KEYWORDS: Final = _STOP_WORDS | _STOP_ALONE | _START_WORDS | _HELP_WORDS | {_STOP_SIGN}

_COURTESIES: Final = _set(
    "please pls plz thanks thank you thx ty ok okay now hi hello hey sorry sir maam kindly just "
    "por favor gracias ya ahora hola disculpe perdon"
)
_TEXTS: Final = _set(
    "text texts texting txt txts sms msg msgs message messages messaging mensaje mensajes texto textos "
    "list lista number"
)
# What may stand around a stop word without changing it: "stop all of these now, I said stop".
_AROUND: Final = (
    _COURTESIES
    | _TEXTS
    | _set(
        "it this that all the these those any more from of us u said sending again "
        "de el la los las estos no mas todo todos nuevo"
    )
)
# The same only beside a word about texts: "I want to stop" and "stop me" are not about texts.
_AROUND_TEXTS: Final = _set(
    "i im me my to phone want would like getting receiving enviar enviarme mandar mandarme recibir mi quiero"
)
_AROUND_START: Final = _COURTESIES | _TEXTS | _set("sending again me de nuevo")

_MESSAGES: Final = r"(?:text(?:s|ing)?|txt(?:s|ing)?|messag(?:e|es|ing)|msg(?:s|ing)?|sms|reminders?)"
_WRITING: Final = rf"(?:{_MESSAGES}|contact(?:ing)?)"
# "I must stop texting my ex" is not about our texts.
_SOMEBODY_ELSE: Final = r"(?! (?:my (?!phone|number)|him|her|them|people|everyone|mi ex|a mi|a el|a ella))"
_PHRASES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:stop|quit|cease|end|cancel|discontinue) (?:(?:all|the|these|those|your|sending|with|me|any|more|getting) ){{0,4}}{_WRITING}\b{_SOMEBODY_ELSE}",
        rf"\b(?:dont|do not|never|not to|no longer) (?:ever |again )?(?:send (?:me )?(?:any ?more |any |more )?)?{_WRITING} (?:to )?(?:me|us|this number|my (?:phone|number))\b",
        rf"\bdont (?:ever )?send (?:me )?(?:(?:any|anymore|more|these|your) )*{_MESSAGES}\b",
        rf"\bno (?:more|further) {_MESSAGES}\b",
        rf"\b(?:dont|do not|no longer) (?:want|wish|need) (?:(?:to|get|receive|any|anymore|more|these|your|the|you|further) )*{_MESSAGES}\b",
        r"\bopt(?:ing)? (?:me )?out\b",
        r"\b(?:optout|unsubscribe)\b",
        r"\b(?:para|pare|paren|parar) (?:con )?(?:los |estos |sus )?(?:mensajes|textos|sms)\b",
        r"\b(?:take|remove|delete) (?:me|my (?:phone )?number) (?:off|from)\b",
        r"^(?:please )?remove me(?: please)?$",
        r"\blose my number\b",
        r"\brevoke (?:my )?(?:consent|permission)\b",
        r"\bno (?:(?:me|mas|quiero|deseo|quisiera) ){0,3}(?:recibir )?(?:mas )?(?:los |sus |estos )?(?:mensajes|textos|sms)\b",
        r"\bno me (?:vuelva[ns]? a (?:envi|mand|escrib|text|contact)\w*|envie[ns]?|mande[ns]?|escriba[ns]?|textee[ns]?|contacte[ns]?)\b",
        rf"\b(?:deje|dejen|deja|pare|paren|para|parar) de (?:envi|mand|escrib|text|contact|mensaj)\w*\b{_SOMEBODY_ELSE}",
        r"\b(?:dar(?:me)?|denme|deme|dame) de baja\b",
        r"\b(?:quiteme|quitenme|quitame|borreme|borrenme|saqueme|saquenme) de\b",
    )
)  # fmt: skip
# "don't stop texting me", "I can't stop texting my ex": not to us, or the contrary.
_NEGATED: Final = re.compile(
    r"\b(?:dont|do not|cant|cannot|can not|couldnt|never|wont|will not|didnt|doesnt|isnt|not going to|no puedo|"
    r"no pude|nunca|no quiero|dont want to|he|she|him|her|ex|mom|dad|wife|husband|boyfriend|girlfriend)"
    r"(?: \w+){0,2} (?:stop|quit|unsubscribe|optout|opt(?:ing)?|parar|pare|paren|dejar|dejen|deje|deja|end|cancel|dar\w*)\b"
)
# What a handset writes for a tap on our message: Liked "...", Reacted 👍 to "...": our own words, quoted.
_QUOTED: Final = re.compile('["“”«„](?:[^"“”«»„]{20,})["“”»]?', re.DOTALL)
_SENTENCE: Final = re.compile(r"[.!?\n;]+")
_LONELY: Final = re.compile(r"\b(\w) (?=\w\b)")
_STRETCHED: Final = re.compile(r"(\w)\1{2,}")


def classify(text: str) -> Said:
    """What `text` asks for. In doubt between stop and not: a message that is mostly a stop word is one,
    and a sentence that only contains it is a reply."""
    own = "\n".join(line for line in _QUOTED.sub(" ", text).splitlines() if not line.lstrip().startswith(">"))
    words = _words(own)
    if _is_stop(own, words):
        return Said.STOP
    if _is_only(words, _START_WORDS, _AROUND_START):
        return Said.START
    if _is_only(words, _HELP_WORDS, _COURTESIES) and len(words) < 3:
        return Said.HELP
    return Said.REPLY


def is_bare(text: str) -> bool:
    """Is it one keyword and nothing else, punctuation, spaces and case aside? The whole text, quotations too."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if not _is_nothing(each)) in _KEYWORDS


def _is_nothing(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return kind[0] in "PZ" or kind in ("Cc", "Cf")


def _is_only(words: list[str], wanted: frozenset[str], around: frozenset[str]) -> bool:
    """One of the wanted words at least, and nothing that may not stand around it."""
    return any(word in wanted for word in words) and all(word in wanted or word in around for word in words)


def _is_stop(text: str, words: list[str]) -> bool:
    if _is_mostly_stop(words):
        return True
    line = " ".join(words)
    if not _NEGATED.search(line) and any(phrase.search(line) for phrase in _PHRASES):
        return True
    sentences = [_words(sentence) for sentence in _SENTENCE.split(text)]
    return any(_is_plain_stop(sentence) for sentence in sentences)


def _is_mostly_stop(words: list[str]) -> bool:
    if _is_only(words, _STOP_WORDS | _STOP_ALONE, _COURTESIES):
        return True
    if [word for word in words if word not in _COURTESIES] == ["no", "mas"]:
        return True
    if words[:1] == ["no"] and words[1:2] and words[1].startswith("par"):  # "no paren": do not stop
        return False
    around = _AROUND | _AROUND_TEXTS if any(word in _TEXTS for word in words) else _AROUND
    return _is_only(words, _STOP_WORDS, around)


def _is_plain_stop(words: list[str]) -> bool:
    """A sentence of its own: "Stop. I mean it." """
    return _is_only(words, _STOP_WORDS, _COURTESIES)


def _words(text: str) -> list[str]:
    """Words as they are compared: no case, accents, apostrophes or stretched letters; "S.T.O.P." is a word."""
    plain = plain_words(re.sub(r"['’`´]", "", text.replace(_STOP_SIGN, " stop ")))
    joined = _STRETCHED.sub(r"\1", _LONELY.sub(r"\1", plain))
    return joined.replace("opt out", "optout").replace("stop all", "stopall").split()
