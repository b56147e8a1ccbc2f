"""Words that no message may hold: they say, or let guess, that somebody is in treatment and how it goes.

A sender's name, a subject, an address and a notice on a locked screen disclose as much as a text does
(42 CFR Part 2; domain notes: "roster leakage"). So the whole of a message is looked at, names and
addresses included. Better a harmless word refused than one of these sent.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

# "recover*" begins a word, "*recover*" stands anywhere, even in an address like hope-recovery.org,
# "iop" is a whole word. Written without accents: what is looked at is compared without them.
FORBIDDEN_WORDS: Final = {
    "en": (
        # the place and what happens there
        "*group*", "*therap*", "*recover*", "*rehab*", "*treatment*", "*clinic*", "*session*", "*program*",
        "*counsel*", "*psych*", "*hospital*", "*medical*", "*medicat*", "*medicine*", "*behavioral*",
        "*behavioural*", "*outpatient*", "*inpatient*", "*patient*", "mental*", "iop", "php", "op", "sud", "mat",
        "otp", "aa", "na", "twelve step*", "12 step*", "12step*", "doctor*", "physician*", "nurse*", "prescri*",
        "dose*", "dosing", "curricul*", "intake*", "discharg*", "admission*", "admitted", "care plan*",
        # how it goes
        "*sober*", "*sobriet*", "*relaps*", "*addict*", "*absen*", "attend*", "no sho*", "nosho*", "complian*",
        "noncompl*", "crav*", "withdrawal*", "*overdos*", "*detox*", "urine*", "urinal*", "drug*", "uds",
        "tested positive", "substanc*", "abus*", "*intoxicat*", "drunk*", "drink*", "probation*", "parole*",
        "court*", "dui", "dwi", "cps",
        # diagnoses and states
        "*depress*", "*anxi*", "*bipolar*", "*schizo*", "*trauma*", "*ptsd*", "*adhd*", "ocd", "bpd", "mdd", "gad",
        "dbt", "cbt", "emdr", "*suicid*", "selfharm*", "self harm*", "*disorder*", "*diagnos*", "*borderline*",
        "*anorexi*", "*bulimi*", "autis*", "*psychos*", "panic*", "mania*", "manic*", "symptom*", "crisis", "crises",
        # substances and what is given for them
        "*alcohol*", "*opioid*", "*opiat*", "*heroin*", "*cocain*", "*fentanyl*", "*metham*", "meth", "crack",
        "*cannabis*", "*marijuana*", "weed", "*vaping*", "vape*", "*nicotin*", "*benzo*", "xanax", "adderall",
        "oxy", "*oxycod*", "*hydrocod*", "percocet*", "vicodin*", "*ketamin*", "kratom", "*amphetamin*", "mdma",
        "*methadon*", "*buprenorph*", "*suboxon*", "subutex", "sublocade", "*naltrexon*", "vivitrol", "*naloxon*",
        "narcan", "antabuse", "*disulfiram*", "*acamprosat*",
    ),
    "es": (
        "*grupo*", "*grupal*", "*terap*", "*recuper*", "*rehabilit*", "*tratamiento*", "*clinic*", "*sesion*",
        "*program*", "*consejer*", "*asesoramiento*", "*sicolog*", "*siquiatr*", "*hospital*", "medic*", "*paciente*",
        "*ambulatori*", "mental*", "enfermer*", "enfermedad*", "receta*", "doce pasos", "12 pasos", "dosis",
        "ingreso*", "alta medica",
        "*sobri*", "*recaid*", "recae*", "recai*", "*adicc*", "*adict*", "*ausen*", "falt*", "inasisten*", "asist*",
        "incumpl*", "*sobredosis*", "*desintox*", "orina*", "droga*", "drogad*", "*sustancia*", "consumo*", "consumi*",
        "abstinen*", "borrach*", "bebid*", "beber*", "libertad condicional", "tribunal*", "juzgad*", "juez", "corte",
        "*depres*", "*deprim*", "*ansied*", "*ansios*", "*bipolar*", "*esquizo*", "*trauma*", "*suicid*", "tept", "tdah",
        "*trastorn*", "*diagnostic*", "limite de la personalidad", "autolesion*", "panico*", "sintoma*",
        "*alcohol*", "*opioide*", "*opiace*", "*heroina*", "*cocaina*", "*fentanil*", "*metanfet*", "*anfetam*",
        "*marihuana*", "*mariguana*", "*nicotina*", "*metadona*", "*buprenorf*", "*naltrexona*", "*naloxona*",
    ),
}  # fmt: skip

_LONELY_LETTERS: Final = re.compile(r"\b(\w)[\s.\-_*]+(?=\w\b)")
_SEPARATORS: Final = re.compile(r"[\s\W_]+")


def find_forbidden(text: str) -> list[str]:
    """The forbidden words found in `text`, each once, as they stand there without case and accents."""
    return list(_found(text))


@lru_cache(maxsize=512)
def _found(text: str) -> tuple[str, ...]:
    """The same few messages are looked at again and again."""
    found: dict[str, None] = {}
    for reading in _readings(text):
        for match in _forbidden().finditer(reading):
            found.setdefault(match.group().strip())
    return tuple(found)


def plain_words(text: str) -> str:
    """Lower case, without accents, invisible characters and punctuation; words with one space between."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(each for each in folded if unicodedata.category(each) not in ("Mn", "Cf"))
    return _SEPARATORS.sub(" ", letters).strip()


def _readings(text: str) -> Iterator[str]:
    """As words; with dots and blanks between single letters gone ("I.O.P."); with hyphens gone ("re-hab")."""
    words = plain_words(text)
    yield words
    yield _LONELY_LETTERS.sub(r"\1", words)
    yield plain_words(re.sub(r"[-\u00ad\u2010\u2011]", "", text))


@cache
def _forbidden() -> re.Pattern[str]:
    entries = {entry for words in FORBIDDEN_WORDS.values() for entry in words}
    return re.compile("|".join(_pattern(each) for each in sorted(entries, key=len, reverse=True)))


def _pattern(entry: str) -> str:
    """A forbidden word, with all of the word that it stands in."""
    before = r"\w*" if entry.startswith("*") else ""
    after = r"\w*" if entry.endswith("*") else ""
    return rf"\b{before}{re.escape(entry.strip('*'))}{after}\b"
