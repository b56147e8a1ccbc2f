"""What she sets herself, and her messages, in Spanish. "Usted", and nothing that would have to know if she is a woman or a man."""

from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.makeups.vocabulary import PartOfDay
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.portal.words.dates import SpanishDates
from rejoin.portal.words.me_english import English


class Spanish(SpanishDates, English):
    """The same in Spanish."""

    language = "es"

    heading = "Yo"
    saved = "Ya quedó guardado."
    save = "Guardar"
    mistaken = "No lo pudimos leer, y nada cambió. Véalo otra vez, por favor."

    self_heading = "Su nombre y su hora"
    name_label = "Cómo le llamamos"
    name_hint = "Así le saludamos. En un grupo puede elegir otro nombre cada vez que entra."
    zone_label = "Su zona horaria"
    zone_hint = "Todas las horas se ven en ella."
    language_hint = "Para cambiar de idioma, use el botón al final de la página."

    reach_heading = "Cómo le avisamos"
    reach_question = "Le podemos avisar por"
    reach_hint = "Lo que usted quite, ya no lo usamos. Usted sigue en su programa de todos modos."
    first_label = "Lo que usamos primero"
    no_first = "Me da igual"
    channels = MappingProxyType(
        {
            "sms": "Mensaje de texto",
            "email": "Correo",
            "push": "Avisos en este teléfono",
            "phone": "Llamada de una persona",
            "voice_auto": "Llamada de una máquina",
        }
    )
    no_address = "Todavía no lo tenemos. Dígalo a su equipo."

    quiet_heading = "Horas de silencio"
    quiet_text = "En estas horas no mandamos nada que suene. Un correo sí puede llegar."
    quiet_from = "Desde"
    quiet_until = "Hasta"
    quiet_none = "Ninguna"
    quiet_wrong = "Elija las dos horas, y déjenos al menos 8 horas al día. Nada cambió."

    free_heading = "Cuándo puede venir"
    free_text = (
        "En estas horas buscamos cómo reponer una sesión. Si a toda hora le va bien, no marque ninguna."
    )
    free_hint = "La mañana es de 8 a 12, la tarde de 12 a 5, la noche de 5 a 9."
    free_noted = "Su equipo anotó estas horas:"
    parts = MappingProxyType(
        {
            PartOfDay.MORNING: "Mañana",
            PartOfDay.AFTERNOON: "Tarde",
            PartOfDay.EVENING: "Noche",
        }
    )
    best_label = "Lo que mejor le va"
    all_the_same = "Todo me da igual"

    others_heading = "Quién más puede saber"
    others_text = (
        "Sin su permiso no decimos nada a nadie, salvo si la ley lo manda. Usted lo puede quitar aquí."
    )
    nobody = "Usted no ha dado permiso de decir nada a nadie."
    take_back = "Quitar este permiso"
    taken_back = "Desde ahora no les decimos nada."
    give_again = "Para dar un permiso nuevo, hable con su equipo. Tiene que ser por escrito."
    relations = MappingProxyType(
        {
            Relation.GUARDIAN: "su tutor legal",
            Relation.EMERGENCY_CONTACT: "para una emergencia",
            Relation.SUPPORTER: "alguien que le apoya",
            Relation.COURT: "el tribunal",
            Relation.PAYER: "su seguro",
        }
    )
    purposes = MappingProxyType(
        {
            Purpose.ATTENDANCE: "si usted vino",
            Purpose.SAFETY: "si nos preocupa su seguridad",
            Purpose.SCHEDULING: "cuándo son sus sesiones",
            Purpose.BILLING: "lo que hay que pagar",
            Purpose.MESSAGES: "mensajes",
        }
    )
    close_heading = "Cerrarlo a alguien"
    close_text = "Puede decir que a alguien no se le diga nada, firme quien firme. Vale desde ya."
    close_law = (
        "Dos cosas quedan. En una emergencia la ley nos deja avisar a personal médico. "
        "Su tutor legal puede pedir documentos, y le responde una persona de su equipo."
    )
    close_to = "No decirle nada"
    closed_to = "No le decimos nada. Para abrirlo otra vez, hable con su equipo."
    closed_now = "Desde ahora no le decimos nada."
    video_heading = "Sesiones por video"
    video_no = "Da su permiso cuando entra por primera vez."
    video_back = (
        "Si ya no quiere usar video, puede terminarlo aquí. Eso significa: desde la próxima sesión no puede entrar por "
        "video, y su equipo le llama para buscar otro modo. Puede volver a activarlo cuando quiera."
    )
    video_end = "Ya no quiero video"
    video_on = "Quiero volver a entrar por video"
    video_on_hint = "Se le pregunta una vez más en la puerta de su próxima sesión."
    video_off = "Usted lo terminó. No puede entrar por video, y su equipo le llama."
    video_ended = "Desde ahora no hay más video. Su equipo le llama para buscar otro modo."
    video_call_text = "Ya no quiero entrar por video. Por favor llámenme para buscar otro modo."

    calendar_heading = "Su propio calendario"
    calendar_text = (
        "Su calendario puede mostrar sus sesiones. Muestra un nombre neutro y la hora, y nada más."
    )
    calendar_make = "Crear una dirección para mi calendario"
    calendar_label = "La dirección para su calendario"
    calendar_hint = "Quien la tiene puede ver sus horas. No la dé a nadie."
    calendar_open = "Ponerla en un calendario de este teléfono"
    calendar_renew = "Crear otra dirección"
    calendar_end = "Quitar esta dirección"
    calendar_end_hint = "La de antes deja de servir ya."
    appointments = "Citas"
    appointment = "Cita"
    join_note = "Abra su página para entrar."

    messages_heading = "Mensajes"
    not_for_danger = (
        "Esto no es para emergencias. Si piensa en hacerse daño, o está en peligro, llame ya al 988 o al 911."
    )
    write_label = "Escriba a su equipo"
    send = "Enviar"
    sent = "Ya lo tenemos. Una persona de su equipo lo lee."
    stopped = "Ya lo tenemos, y no le mandamos más textos. Los puede activar otra vez en la página Yo."
    empty = "No había nada que enviar."
    so_far = "Hasta ahora"
    none_yet = "Todavía no hay mensajes."
    we_wrote = "Le escribimos"
    you_wrote = "Usted escribió"
    read_by_now = "Su equipo ya lo leyó"
    to_be_read = "Nadie lo ha leído todavía"
    older = "Los de antes los tiene su equipo. Pídalos cuando quiera."

    def read_within(self, minutes: int) -> str:
        return f"Una persona lo lee en {'una hora' if minutes == 60 else self.length(minutes)}."

    def by_channel(self, reason: str) -> str:
        return f"Por {reason[0].lower()}{reason[1:]}"

    def ends_with(self, number: str) -> str:
        return f"termina en {number}"

    def told(self, reasons: str) -> str:
        return f"Puede saber {reasons}."

    def until_day(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Hasta el {self.on(at, zone)}."

    def video_yes(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Usted dio su permiso el {self.on(at, zone)}."

    def stamp(self, at: datetime, zone: ZoneInfo) -> str:
        return f"{self.on(at, zone)}, {self.time(at.astimezone(zone))}"

    def since(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Creada el {self.on(at, zone)}."
