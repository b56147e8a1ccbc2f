"""A patient's pages in Spanish: the same names as in `english`, each of them said anew (a test asks)."""

from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Status
from rejoin.portal.vocabulary import Why
from rejoin.portal.words.dates import SpanishDates, ended
from rejoin.portal.words.english import English
from rejoin.programs.vocabulary import Kind


class Spanish(SpanishDates, English):
    """What every page says. "Usted" throughout, as in our messages; nothing says whether she is a woman or a man."""

    language = "es"
    other_language = "en"
    in_other_language = "English"

    # Around every page
    skip = "Ir a la página"
    pages = "Páginas"
    help_label = "Ayuda inmediata"
    help_question = "¿Necesita a alguien ahora mismo?"
    call_988 = "Llame al 988 y oprima el 2"
    call_911 = "Llame al 911"
    text_988 = "Envíe AYUDA al 988"
    sign_out = "Salir"
    your_program = "Su programa"
    demonstration = "Es una muestra: aquí nada es real."
    demonstration_link = "El reloj, y qué mirar"
    today = "Hoy"
    sessions = "Mis sesiones"
    messages = "Mensajes"
    preferences = "Yo"
    back = "Volver a Hoy"
    not_done = "Eso no salió bien y nada ha cambiado. Pruebe otra vez o llámenos."
    done_mark = "Listo."
    not_done_mark = "No se hizo."

    # A person
    person_heading = "Hable con una persona"

    # Today
    on_now = "Ahora mismo"
    come_in = "Entre cuando pueda, aunque sea tarde."
    use_your_link = "Use el enlace que le enviamos."
    join = "Entrar"
    next_heading = "Sus próximas sesiones"
    nothing_planned = "Por ahora no tiene nada previsto."
    cannot_come = "No puedo ir"
    told_us = "Nos avisó que no puede venir."
    open_heading = "Lo que tiene pendiente"
    catch_up = "Ponerse al día con"
    missed_heading = "Le extrañamos"
    still_yours = (
        "Su lugar sigue siendo suyo. Puede venir a la próxima sesión sin más. No tiene que explicar nada."
    )
    what_now = "Vea qué puede hacer ahora"
    make_up = "Elija una hora para reponerla"
    make_up_rest = "Vea horas para los minutos que quedan"
    picked = "Ver la hora que eligió"
    kinds = MappingProxyType(
        {
            Kind.GROUP: "Sesión de grupo",
            Kind.INDIVIDUAL: "Una sesión solo para usted",
            Kind.FAMILY: "Sesión familiar",
        }
    )
    a_session = "Una sesión para usted"

    # "I can't come"
    cannot_heading = "¿No puede venir?"
    thank_you = "Gracias por avisarnos"
    why_question = "¿Qué se lo impide?"
    why_hint = "No tiene que decirlo. Nos ayuda a ayudarle."
    words_label = "¿Hay algo que quiera contarnos?"
    words_hint = "Lo lee una persona de su equipo."
    optional = "(si quiere)"
    tell_my_team = "Avisar a mi equipo"
    tell_again = "Contarnos otra cosa"
    come_anyway = "Si algo cambia, venga sin más. Le recibimos bien, aunque sea tarde."
    reasons = MappingProxyType(
        {
            Why.ILLNESS: "Una enfermedad",
            Why.DATA_PLAN: "Se me acabaron los datos",
            Why.CHILD_CARE: "Cuidar a mis hijos",
            Why.WORK: "El trabajo",
            Why.CRAVING: "Ganas de consumir",
            Why.FELT_WORSE: "Sentirme peor",
            Why.COURT: "La corte",
            Why.BEREAVEMENT: "La muerte de alguien cercano",
            Why.TRANSPORT: "No tener cómo llegar",
            Why.NO_PHONE: "No tener teléfono",
            Why.HOSPITALISED: "El hospital",
            Why.OTHER: "Otra cosa",
            Why.UNSAID: "Prefiero no decirlo",
        }
    )
    accepted = MappingProxyType(
        {
            Why.ILLNESS: "tiene una enfermedad",
            Why.DATA_PLAN: "se le acabaron los datos",
            Why.COURT: "tiene que ir a la corte",
            Why.BEREAVEMENT: "murió alguien cercano",
            Why.TRANSPORT: "no tiene cómo llegar",
            Why.NO_PHONE: "no tiene teléfono",
            Why.HOSPITALISED: "está en el hospital",
        }
    )
    helps = MappingProxyType(
        {
            Why.ILLNESS: ("Descanse, y que se mejore pronto.",),
            Why.DATA_PLAN: (
                "Una llamada no gasta datos. Llámenos y pregunte cómo puede participar.",
                "El sonido sin video gasta muchos menos datos. Puede elegirlo al entrar.",
            ),
            Why.CHILD_CARE: (
                "Les pasa a muchas personas. Llámenos y buscamos una hora en que alguien cuide a sus hijos.",
            ),
            Why.WORK: (
                "Si el trabajo se lo impide a menudo, llámenos. Podemos buscar otros días y otras horas con usted.",
            ),
            Why.CRAVING: (
                "Qué bueno que lo dijo. No tiene que pasar por esto a solas.",
                "Ya se lo dijimos a su equipo. También puede llamarnos.",
                "Puede venir tal como está y solo escuchar.",
            ),
            Why.FELT_WORSE: (
                "Qué bueno que lo dijo. No tiene que pasar por esto a solas.",
                "Ya se lo dijimos a su equipo. También puede llamarnos.",
                "Puede venir tal como está y solo escuchar.",
            ),
            Why.TRANSPORT: (
                "Puede entrar desde donde esté, con el teléfono o la computadora. Si necesita ayuda, llámenos.",
            ),
            Why.NO_PHONE: ("Llámenos desde cualquier teléfono y buscamos cómo hacerlo con usted.",),
            Why.BEREAVEMENT: ("Lo sentimos mucho. Llámenos si quiere hablar.",),
        }
    )
    if_danger = "Si piensa hacerse daño o está en peligro, llame ahora al 988 (oprima el 2) o al 911."

    # What her program's rule says
    rule_heading = "Qué significa esto"
    counts_not = "Gracias por el aviso. No cuenta como sesión perdida."
    never_counts = "Este motivo nunca cuenta en su contra."
    counts = "Cuenta como sesión perdida. No dice nada de usted, y la puede reponer."
    counts_without = "Cuenta como sesión perdida. No dice nada de usted."
    if_you_tell_now = "Si nos avisa ahora, no cuenta como sesión perdida."
    no_excuses = (
        "En su programa, toda sesión a la que no puede venir cuenta como perdida. Avísenos de todos modos."
    )
    only_reasons = "En su programa hay pocos motivos por los que no cuenta como perdida."
    fee = "Su programa tiene una regla sobre cobros. Decide una persona, y antes habla con usted."
    makes_up = "La puede reponer. Le mostramos horas cuando termine la sesión."

    # "You were missed"
    missed_page_heading = "Le extrañamos"
    why_it_matters_heading = "Por qué importa"
    why_it_matters = "Cada sesión se suma a la anterior. Su grupo no es igual sin usted. Y usted nos importa."
    wanted = "Nos alegra cada vez que viene."
    can_do_heading = "Qué puede hacer ahora"
    one_to_one = "¿Prefiere hablar a solas con una persona? Llámenos y pídalo."
    just_come = "Venga a su próxima sesión sin más."
    next_for_us_heading = "Qué hacemos nosotros"
    heard_from_you = "Ya supimos de usted, así que dejamos de llamar."
    we_will_see = "Nos vemos pronto."
    closed = "Aquí ya no queda nada por hacer."
    no_call_planned = "Por ahora no hay una llamada prevista. Puede llamarnos a toda hora."
    tell_heading = "Cuéntenos qué pasó"
    why_was = "¿Qué se lo impidió?"
    you_told_us = "Nos contó:"
    settled = "No queda nada que reponer."

    # Her sessions
    sessions_heading = "Mis sesiones"
    this_week = "Esta semana"
    owed_heading = "Queda por reponer"
    nothing_owed = "No queda nada. Está al día."
    so_far_heading = "Hasta ahora"
    none_yet = "Todavía no ha tenido sesiones."
    statuses = MappingProxyType(
        {
            Status.ATTENDED: "Estuvo ahí",
            Status.PARTIAL: "Estuvo una parte",
            Status.MISSED: "Le extrañamos",
            Status.EXCUSED: "Nos avisó que no podía venir",
            Status.NOT_ADMITTED: "No pudo entrar",
            Status.NOT_ADMISSIBLE: "Ese día no pudo participar",
            Status.CANCELLED: "Se canceló",
            Status.UNRECORDED: "Sin anotar todavía",
        }
    )
    made_up = "Repuesta"

    # Notices on this phone
    notices_heading = "Avisos en este teléfono"
    notices_text = "Podemos mostrarle avisos cortos en este teléfono. Nunca dicen de qué se trata."
    notices_on = "Mostrarme avisos"
    notices_off = "Quitar los avisos de este teléfono"
    notices_are_on = "Este teléfono le muestra avisos cortos."
    notices_failed = "No salió bien. Quizá su teléfono no lo permite."

    # Without a line
    offline_heading = "No tiene conexión"
    offline_text = "No hay red, y la página la pide. Por teléfono sí puede pedir ayuda."
    try_again = "Pruebe otra vez"

    def hello(self, name: str) -> str:
        return f"Hola, {name}" if name else "Hola"

    def until(self, ends_at: datetime, zone: ZoneInfo) -> str:
        said = self.at_time(ends_at.astimezone(zone))
        return f"hasta {said.removeprefix('a ')}"

    def call(self, number: str) -> str:
        return f"Llame al {number}"

    def questions(self, number: str) -> str:
        return f"¿Preguntas? Llame al {number}."

    def missed_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"El {self.on(at, zone)}."

    def promised(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Nos dijo que vuelve el {self.on(at, zone)}. Hasta entonces."

    def in_the_way(self, number: str) -> str:
        return f"Si algo se lo impide, llame al {number}. Buscamos cómo hacerlo con usted."

    def session_on(self, at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        return f"{self.on(at, zone)}, {self.hours(at, ends_at, zone)}"

    def about_session(self, at: datetime, zone: ZoneInfo) -> str:
        return f"su sesión del {self.on(at, zone)}"

    def notice_until(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        return ended(f"Su programa pide el aviso antes de esta hora: {self.moment(at, now, zone)}")

    def notice_was_until(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        asked = ended(f"Su programa pide el aviso antes de esta hora: {self.moment(at, now, zone)}")
        return f"{asked} Ya pasó."

    def accepts(self, reasons: str) -> str:
        return f"En todo momento, no cuenta si {reasons}."

    def makeup_within(self, days: int) -> str:
        return f"Tiene {days} días para reponerla. Le mostramos horas cuando termine la sesión."

    def you_said(self, reason: str) -> str:
        return f"Nos dijo: {reason[0].lower()}{reason[1:]}."

    def will_call(self, name: str, by: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        who = f"{name}, de su equipo," if name else "una persona de su equipo"
        told = f"Si no sabemos de usted, {who} le llama"
        if not (by and by > now):
            return f"{told}."
        return ended(f"{told}. Será antes de esta hora: {self.moment(by, now, zone)}")

    def asked_to_call(self, by: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        asked = "Pedimos a una persona de su equipo que le llame"
        if not (by and by > now):
            return f"{asked}."
        return ended(f"{asked}. Será antes de esta hora: {self.moment(by, now, zone)}")

    def may_still_call(self, name: str) -> str:
        who = f"{name}, de su equipo," if name else "Una persona de su equipo"
        return f"Ya eligió una hora. Gracias. {who} tal vez le llame. Quiere saber cómo está."

    def covered(self, title: str) -> str:
        return f"El tema fue: {title}."

    def helps_by(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Le ayuda más antes del {self.on(at, zone)}."

    def hours_of(self, hours: str, least: str) -> str:
        return f"{hours} de al menos {least}" if least else hours

    def owed(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Del {self.on(at, zone)}"

    def owed_parts(self, *, content: bool, count: bool, minutes: int) -> str:
        parts = [*(["lo que se vio"] if content else []), *(["una sesión"] if count else [])]
        parts += [self.length(minutes)] if minutes else []
        return _listed(parts, "y")

    def listed(self, reasons: list[str]) -> str:
        return _listed(reasons, "o")


def _listed(parts: list[str], last: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"
