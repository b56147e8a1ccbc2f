"""A family's pages in Spanish. "Usted", and nothing that would have to know if she is a woman or a man."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Status
from rejoin.domain.consent import About
from rejoin.portal.words.dates import SpanishDates
from rejoin.portal.words.family_english import English
from rejoin.programs.vocabulary import Kind


class Spanish(SpanishDates, English):
    """The same in Spanish."""

    language = "es"
    other_language = "en"
    in_other_language = "English"

    heading = "Familia"
    home = "Inicio"
    lead = "Aquí ve lo que puede saber ahora, y nada más."
    nothing = "Ahora no hay nada aquí que usted pueda ver."
    nothing_hint = "¿Preguntas? Llame al programa que le invitó."
    somebody = "Su familiar"
    may_see_heading = "Lo que usted puede ver"
    may_see: Mapping[About, str] = MappingProxyType(
        {
            About.SCHEDULING: "Cuándo son las sesiones, y las sesiones de familia",
            About.ATTENDANCE: "Si su familiar vino",
            About.SAFETY: "Si el equipo busca a su familiar",
        }
    )
    not_seen = "Aquí nunca ve lo que alguien escribió o dijo, ni quién más está en un grupo."
    can_change = "Esto puede terminar en cualquier momento. Entonces ya no está en esta página."
    next_heading = "Lo próximo"
    see_all = "Ver todo"
    family_heading = "Sesiones de familia"
    no_family = "Ahora no hay ninguna sesión de familia prevista."
    ahead_heading = "Próximas sesiones"
    no_ahead = "Ahora no hay nada previsto."
    came_heading = "Hasta ahora"
    no_came = "No hay nada anotado de las últimas cuatro semanas."
    looking_heading = "El equipo"
    person_heading = "Hable con el programa"
    danger_heading = "En una emergencia"
    danger = "Si alguien está en peligro ahora, llame al 911."
    crisis = (
        "Si alguien piensa en el suicidio, llame al 988 y oprima el 2, o envíe AYUDA al 988. "
        "Responden de día y de noche."
    )
    call_911 = "Llamar al 911"
    zone_label = "Su zona horaria"
    go_in = "Entrar"
    save = "Guardar"
    made_up = "Ya está repuesta"
    kinds: Mapping[str, str] = MappingProxyType(
        {
            Kind.GROUP: "Sesión de grupo",
            Kind.INDIVIDUAL: "Sesión individual",
            Kind.FAMILY: "Sesión de familia",
        }
    )
    statuses: Mapping[str, str] = MappingProxyType(
        {
            Status.ATTENDED: "Estuvo",
            Status.PARTIAL: "Estuvo una parte",
            Status.MISSED: "Hizo falta",
            Status.EXCUSED: "No pudo venir",
            Status.NOT_ADMITTED: "No estuvo en la sesión",
            Status.NOT_ADMISSIBLE: "No estuvo en la sesión",
            Status.CANCELLED: "Se canceló",
            Status.UNRECORDED: "Todavía no está anotado",
        }
    )

    def session_on(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        return f"{self.on(starts_at, zone)}, {self.hours(starts_at, ends_at, zone)}"

    def call(self, number: str) -> str:
        return f"Llamar al {number}"

    def looking(self, called: str) -> str:
        return f"El equipo busca hablar con {called}. Si quiere ayudar, llame al programa."

    def join_video(self, called: str, number: str) -> str:
        return f"Siéntese con {called} ante el mismo teléfono o computadora. Si está en otro lugar, llame al {number} y pregunte cómo participar."

    def join_here(self, called: str) -> str:
        return f"Desde 15 minutos antes puede entrar aquí por video, o sentarse con {called} ante el mismo teléfono o computadora."

    def join_otherwise(self, number: str) -> str:
        return f"Llame al {number} y pregunte dónde y cómo."
