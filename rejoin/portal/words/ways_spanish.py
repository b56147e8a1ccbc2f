"""Her page of ways back in Spanish: the same names as in English (`ways_english`), each said anew."""

from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.makeups.vocabulary import Declined, SlotKind
from rejoin.portal.words.dates import SpanishDates, ended
from rejoin.portal.words.ways_english import English


class Spanish(SpanishDates, English):
    """What the page says. "Usted" throughout; nothing says whether she is a woman or a man."""

    language = "es"

    # Looking
    look_heading = "Le buscamos una hora"
    look_text = "Nada queda reservado hasta que usted lo diga."
    called_off = "La hora que tenía se canceló, y lo sentimos. Quizá haya otras."
    look_button = "Ver horas"
    looking = "Buscamos horas que le vengan bien…"
    look_failed = "No salió bien. Toque el botón para probar otra vez."
    look_again = "Buscar otra vez"

    # Choosing
    choose_heading = "Elija una hora que le venga bien"
    accept = "Voy a ir"
    decline = "Esta no"
    why = "¿Qué se lo impide? No tiene que decirlo."
    none = "Ninguna me viene bien"
    none_text = "No pasa nada. Una persona de su equipo le llama y busca una hora con usted."
    none_button = "Llámenme, por favor"
    elsewhere = "Su reloj marca otra hora que esta página."
    free_now = "Libre ahora, pero sin guardar: otra persona puede tomarla."

    # What was taken
    calendar = "Agregar a mi calendario"
    same_way = "Entra igual que a sus otras sesiones."
    join = "Entrar ahora"
    on_now_heading = "Es ahora"
    come_in = "Entre cuando pueda, aunque sea tarde."
    cannot = "Al final no puedo ir"
    cannot_text = (
        "A veces pasa. Damos su lugar a otra persona, y usted puede elegir otra hora ahora mismo. "
        "No cuenta en su contra."
    )
    cannot_button = "Dejar esta hora"
    past_heading = "Esta hora ya pasó"
    past_text = "Si algo queda por reponer, su equipo lo habla con usted."

    # Where there is nothing to choose
    asked_heading = "Le vamos a llamar"
    asked_again = "Ver las horas otra vez"
    asked_nothing_to_do = "Ahora no tiene que hacer nada."
    none_heading = "Por ahora no hay horas libres"
    none_found = "Buscamos, y no hay horas libres que le vengan bien. Su lugar en su grupo sigue siendo suyo."
    full_heading = "Estas están llenas"
    full_text = "Si se libra un lugar, se lo podemos guardar unas horas. Lo verá en esta página."
    wait = "Guárdenme un lugar si se libra"
    waiting_heading = "Está en la lista"
    waiting_text = "Si se libra un lugar, se lo guardamos unas horas. Lo verá en esta página."
    stop_waiting = "Quitarme de la lista"
    look_for_others = "Buscar otras horas"
    nothing_new = "Buscamos otra vez. No hay nada más libre."
    settled_heading = "Todo está en orden"
    over_heading = "Venga a su próxima sesión"
    over_text = "El plazo para reponerla ya pasó. Su lugar sigue siendo suyo."

    # Lo que queda
    made_up_heading = "Usted ya la repuso"
    came_in_part = (
        "Usted vino a una parte de la hora que eligió, y esos minutos cuentan. Lo demás sigue pendiente."
    )

    # A person
    person_heading = "Hable con una persona"

    kinds = MappingProxyType(
        {
            SlotKind.COHORT: "Con otro grupo",
            SlotKind.EXTRA: "Una sesión extra",
            SlotKind.INDIVIDUAL: "A solas con una persona",
        }
    )
    reasons = MappingProxyType(
        {
            Declined.TIME: "No me viene bien la hora",
            Declined.GROUP: "No quiero ir a ese grupo",
            Declined.RATHER_ONE_TO_ONE: "Prefiero hablar a solas",
            Declined.OTHER: "Otra cosa",
            Declined.UNSAID: "Prefiero no decirlo",
        }
    )
    said = MappingProxyType(
        {
            "taken": "Es suya.",
            "gone": "Ese lugar lo acaba de tomar otra persona.",
            "over": "Esa hora ya no está libre.",
            "clash": "Tiene otra sesión a esa hora, así que no la reservamos.",
            "booked": "Ya tiene una hora. Aquí está.",
            "declined": "Gracias por avisarnos. Ya no está en su lista.",
            "none": "Gracias por avisarnos.",
            "given_back": "Gracias por avisarnos. Esa hora queda libre para otra persona.",
            "begun": "Ya empezó.",
            "changed": "Algo cambió desde que miró. Ahora está así.",
            "makeup.max_per_day": "Ese día ya repone una sesión, y en su plan no cabe otra. "
            "Elija una hora de otro día.",
            "makeup.max_per_week": "En su plan no cabe otra esa semana. Elija una hora de otra semana o llámenos.",
            "hours.max_per_week": "Esa semana tendría más horas de las que su plan permite. "
            "Elija una hora de otra semana o llámenos.",
            "waits": "Está en la lista.",
            "left": "Ya no está en la lista.",
        }
    )
    still_free = "Estas siguen libres:"

    def instead(self, missed: datetime, zone: ZoneInfo, *, times: int) -> str:
        these = "Con cualquiera de estas repone" if times > 1 else "Con esta repone"
        return f"{these} su sesión del {self.on(missed, zone)}."

    def instead_of(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"Repone su sesión del {self.on(missed, zone)}."

    def settled(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"No queda nada que reponer de su sesión del {self.on(missed, zone)}."

    def need_not_come(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"{self.settled(missed, zone)} No hace falta que venga a esta. Puede venir si quiere."

    def about(self, missed: datetime, zone: ZoneInfo) -> str:
        return f"Se trata de su sesión del {self.on(missed, zone)}."

    def see_you(self, starts_at: datetime, now: datetime, zone: ZoneInfo) -> str:
        spoken = self.headline(starts_at, now, zone)
        return f"Nos vemos {spoken[0].lower()}{spoken[1:]}"

    def kept(self, until: datetime, now: datetime, zone: ZoneInfo) -> str:
        return ended(f"Le guardamos este lugar hasta esta hora: {self.moment(until, now, zone)}")

    def content(self) -> str:
        return "Cubre lo que se perdió"

    def count(self) -> str:
        return "Cuenta como una sesión"

    def minutes(self, minutes: int) -> str:
        return f"Suma {self.length(minutes)} a las de su programa"

    def hours_left(self, minutes: int) -> str:
        return f"Cuenta como una sesión, y lo que usted perdió ya está visto. De las horas del programa solo quedan {self.length(minutes)}."

    def will_call(self, by: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        told = "Una persona de su equipo le llama y busca una hora con usted."
        return (
            ended(f"{told} Será antes de esta hora: {self.moment(by, now, zone)}")
            if by and by > now
            else told
        )

    def next_session(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        return ended(
            f"Su próxima sesión es el {self.on(starts_at, zone)}, {self.hours(starts_at, ends_at, zone)}"
        )

    def call(self, number: str) -> str:
        return f"Llame al {number}"
