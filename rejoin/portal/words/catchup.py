"""What her catch-up pages say around the material, in each language. Plain words; nothing blames."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.portal.words.dates import EnglishDates, SpanishDates


class English(EnglishDates):
    """Methods are for what is put together; all take instants and her zone."""

    language: str = "en"
    list_heading: str = "Catch up"
    list_lead: str = "Here is what was covered while you were away. Take your time."
    nothing: str = "You are all caught up. There is nothing to do here."
    with_the_team_heading: str = "With your team"
    looks_at_it: str = "You have done it. Somebody on your team looks at it."
    back: str = "Back to Today"
    why_heading: str = "Why it matters"
    covered_heading: str = "What was covered"
    try_heading: str = "Try it"
    home_heading: str = "At home"
    check_heading: str = "Think it over"
    check_lead: str = "There is no grade. Only you and your team can read what you write."
    thinking_hint: str = "A few words are enough. You may also leave it out."
    call_heading: str = "If something comes up"
    call_tick: str = "I would like somebody to call me"
    call_hint: str = (
        "Somebody from your team gets this when you save. If you are in danger, call 988 or 911 now."
    )
    call_asked: str = "You asked for a call. Your team knows."
    call_text: str = "I would like somebody to call me. (From the catch-up page.)"
    person_heading: str = "Talk to a person"
    save: str = "Save for later"
    done: str = "I am done"
    saved: str = "Saved. Come back whenever you like."
    left: str = "Saved. One thing is left: choose an answer here. A guess is fine."
    left_one: str = "Please choose an answer. A guess is fine."
    too_long: str = "This is too long to keep. Please make it shorter. Nothing else is lost."
    finished: str = "Thank you. Your team has it now."
    waiting_heading: str = "Your team has it"
    waiting_text: str = (
        "Somebody on your team reads what you wrote, and tells you here. You do not need to do anything now. "
        "You can simply come to your next session."
    )
    clear_heading: str = "You are all caught up"
    clear_text: str = "This is yours to read again whenever you like."
    wants: Mapping[str, str] = MappingProxyType(
        {
            "talk": "Your team would like to talk about this with you. There is nothing wrong.",
            "look_again": "Your team asks you to look at it once more. There is nothing wrong.",
        }
    )

    def missed_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"This was covered on {self.on(at, zone)}. We missed you."

    def needed(self, title: str, at: datetime, zone: ZoneInfo) -> str:
        return f"It helps to have it before {self.on(at, zone)}: “{title}” builds on it."

    def no_hurry(self) -> str:
        return "There is no hurry: nothing ahead of you builds on it."

    def minutes(self, minutes: int) -> str:
        return f"About {self.length(minutes)}"

    def call(self, number: str) -> str:
        return f"Call {number}"


class Spanish(SpanishDates, English):
    """The same in Spanish, and says *usted*."""

    language: str = "es"
    list_heading: str = "Ponerse al día"
    list_lead: str = "Esto es lo que vimos mientras no estuvo. Tómese su tiempo."
    nothing: str = "Está al día. No hay nada que hacer aquí."
    with_the_team_heading: str = "Lo tiene su equipo"
    looks_at_it: str = "Ya lo hizo. Alguien de su equipo lo revisa."
    back: str = "Volver a Hoy"
    why_heading: str = "Por qué importa"
    covered_heading: str = "Lo que vimos"
    try_heading: str = "Para probar"
    home_heading: str = "En casa"
    check_heading: str = "Para pensar"
    check_lead: str = "No hay calificación. Solo usted y su equipo pueden leer lo que escriba."
    thinking_hint: str = "Bastan unas palabras. También puede dejarlo en blanco."
    call_heading: str = "Si algo se le remueve"
    call_tick: str = "Quiero que alguien me llame"
    call_hint: str = (
        "Le llega a su equipo cuando usted guarda. Si está en peligro, llame ahora al 988 o al 911."
    )
    call_asked: str = "Pidió una llamada. Su equipo lo sabe."
    call_text: str = "Quiero que alguien me llame. (Desde la página para ponerse al día.)"
    person_heading: str = "Hable con una persona"
    save: str = "Guardar para después"
    done: str = "Ya terminé"
    saved: str = "Guardado. Vuelva cuando guste."
    left: str = "Guardado. Falta una cosa: elija aquí una respuesta. Puede adivinar."
    left_one: str = "Elija una respuesta. Puede adivinar."
    too_long: str = "Es demasiado largo para guardarlo. Hágalo más corto, por favor. No se pierde nada más."
    finished: str = "Gracias. Ahora lo tiene su equipo."
    waiting_heading: str = "Lo tiene su equipo"
    waiting_text: str = (
        "Alguien de su equipo lee lo que escribió y le responde aquí. Ahora no tiene que hacer nada. "
        "Puede venir sin más a su próxima sesión."
    )
    clear_heading: str = "Está al día"
    clear_text: str = "Puede volver a leerlo cuando guste."
    wants: Mapping[str, str] = MappingProxyType(
        {
            "talk": "A su equipo le gustaría hablar de esto con usted. No hay nada malo.",
            "look_again": "Su equipo le pide que lo mire una vez más. No hay nada malo.",
        }
    )

    def missed_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Lo vimos el {self.on(at, zone)}. Nos hizo falta."

    def needed(self, title: str, at: datetime, zone: ZoneInfo) -> str:
        return f"Ayuda tenerlo antes del {self.on(at, zone)}: «{title}» parte de esto."

    def no_hurry(self) -> str:
        return "No hay prisa: nada de lo que viene depende de esto."

    def minutes(self, minutes: int) -> str:
        return f"Unos {self.length(minutes)}"

    def call(self, number: str) -> str:
        return f"Llamar al {number}"


SPOKEN: Final[Mapping[str, English]] = MappingProxyType({"en": English(), "es": Spanish()})


def words_in(language: str) -> English:
    """By the language of the material."""
    return SPOKEN.get(language, SPOKEN["en"])
