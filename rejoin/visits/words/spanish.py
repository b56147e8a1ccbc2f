"""At a session's door and in its room, in Spanish: *usted*, and nothing that would have to know whether she is a woman
or a man."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rejoin.common.dates import SpanishDates, ended
from rejoin.visits.vocabulary import Answer
from rejoin.visits.words.english import English
from rejoin.visits.words.states import ELSEWHERE, IN_SPANISH, STATES


class Spanish(SpanishDates, English):
    language = "es"

    # Around every page at the door
    your_program = "Su programa"
    your_session = "Su sesión"
    by_phone_heading = "Por teléfono"
    by_phone = (
        "¿Sin video, o con mala señal? Llame y diga su nombre. Quien guía la sesión se ocupa del resto."
    )
    look_again = "Mirar otra vez"
    next_sessions = "Ver sus próximas sesiones"

    # Too early, over, cancelled
    early_title = "Todavía no abre"
    early_heading = "Llegó temprano"
    early_nothing = "Hasta entonces no tiene que hacer nada más."
    over_heading = "Esta sesión ya terminó"
    over_yours = "Si no pudo venir, su lugar sigue siendo suyo. No tiene que explicar nada primero."
    over_link = "Para su próxima sesión recibe otro enlace."
    cancelled_title = "Esta sesión no se hace"
    cancelled_heading = "Esta sesión no se hace para usted"
    cancelled_nothing = "No se perdió de nada, y no cuenta como falta."
    cancelled_next = "Su página muestra cuándo es la próxima. También puede preguntarnos."

    # Where she is
    check_in_title = "Antes de entrar"
    put_right = "Corrija:"
    check_in_lead = (
        "Primero le hacemos unas preguntas, cada vez de nuevo. Lo que responda vale solo para hoy."
    )
    yes = "Sí"
    driving = "¿Va manejando, o en un carro en marcha?"
    driving_missing = "Diga si va en un carro en marcha."
    where = "¿Dónde está ahora mismo?"
    place_hint = "Calle y ciudad. Solo lo usamos si necesita ayuda en una emergencia."
    place_else = "Si es otro lugar: ¿dónde?"
    somewhere_else = "En otro lugar"
    where_missing = "Diga dónde está: en el lugar de la última vez, o en otro."
    place_missing = "Escriba dónde está: calle y ciudad."
    too_long = "Es muy largo. Hágalo más corto, por favor."
    state = "Estado"
    state_choose = "Elija"
    state_missing = "Elija el estado en el que está ahora."
    states: Mapping[str, str] = MappingProxyType({**dict((*STATES, ELSEWHERE)), **IN_SPANISH})
    call_back = "Un número para llamarle ahora mismo"
    call_back_hint = "Por si se corta la llamada, o si algo nos preocupa."
    call_back_missing = "Escriba el número de un teléfono que tenga a la mano, como 212-555-0147."
    alone = "¿Está en un lugar privado?"
    alone_hint = "Nadie más puede ver su pantalla ni escuchar. Los audífonos ayudan."
    alone_missing = "Diga si está en un lugar privado."
    contact_nobody = "la persona que tenemos"
    contact_missing = "Diga si su contacto de emergencia sigue siendo el mismo."
    name = "¿Qué nombre deben ver los demás?"
    name_hint = "Basta un nombre o una letra. Solo lo ven quienes están en la sala."
    name_missing = "Escriba lo que deben ver los demás: basta una letra."
    herself = "Soy la persona a quien mandaron este enlace"
    herself_missing = "Este enlace es para una sola persona. Confirme que es usted."
    agrees = "Acepto las sesiones por video"
    agrees_missing = "Para las sesiones por video hace falta que acepte. Si tiene preguntas, llámenos."
    consent_heading = "Sesiones por video"
    consent = (
        "Usted habla con quien guía la sesión, y en un grupo con los demás, por video o por voz. No se graba nada.",
        "La línea puede fallar. Si se corta, vuelva por el mismo enlace; si no puede, le llamamos.",
        "Esté en un lugar privado, para que nadie más oiga o vea a los demás. Lo que se dice en un grupo se queda ahí.",
        (
            "En una emergencia podemos mandar ayuda al lugar donde usted dijo que está. Solo podemos verle en estados "
            "donde quien guía la sesión tiene licencia."
        ),
        "Puede decir que no, o cambiar de idea cuando quiera, y pedir otra manera de recibir ayuda.",
    )
    go_on = "Seguir"

    # In a car
    parks_heading = "Primero estacione, por favor"
    parks = "Su seguridad va primero. Busque dónde parar, tómese su tiempo y entre cuando esté en su lugar. Está bien llegar tarde."
    parked = "Ya estacioné"
    cannot_stop = "¿No puede parar todavía? Cuando haya parado, llámenos:"

    # In another state
    elsewhere_title = "No desde donde está hoy"
    elsewhere_heading = "Hoy no podemos dejarle entrar desde donde está"
    elsewhere_law = "La ley solo deja que quien guía la sesión le vea en estados donde tiene licencia. Este no es uno de ellos."
    elsewhere_right = "No hizo nada malo. Hizo bien en decirlo."
    elsewhere_counts = "No cuenta como falta."
    elsewhere_calls = "Alguien de su equipo le llama para buscar otra manera."
    not_there = "¿No está ahí?"
    say_again = "Diga otra vez dónde está"

    # At the door
    waiting_title = "En espera para entrar"
    waiting_heading = "Está en la puerta"
    goes_on = "Esta página sigue por sí sola."
    try_and_wait = "Probar cámara y sonido, y esperar ahí"
    without_scripts = "Para que le vean y le oigan en la sala, su navegador necesita JavaScript. Si no lo tiene, llame por teléfono."
    others_see = "Lo que ven los demás:"
    change = "Cambiarlo, o el lugar donde está"
    turned_away_title = "Fuera de la sala"
    turned_away_heading = "Ahora no está en la sala"
    turned_away = "Si le dejan entrar otra vez, esta página sigue por sí sola."
    go_in_heading = "Ya puede entrar"
    go_in = "Entrar"
    other_link = "Use el enlace de video que le mandaron."
    stands: Mapping[str, str] = MappingProxyType(
        {
            Answer.CHECK_IN: "Primero díganos dónde está ahora mismo.",
            Answer.ELSEWHERE: "Hoy no podemos dejarle entrar desde donde está. No cuenta como falta, y alguien le llama.",
            Answer.GRANTED: "Puede entrar cuando quiera.",
            Answer.WAITING: "Quien guía la sesión ve que usted está aquí, y le deja entrar.",
            Answer.REFUSED: "Ahora no puede entrar. Alguien de su equipo se comunica con usted.",
            Answer.REMOVED: "Ya no está en la sala. Alguien de su equipo se comunica con usted.",
            Answer.LOCKED: "La sala está cerrada por ahora. En cuanto se abra otra vez, puede entrar.",
            Answer.CLOSED: "La sala no está abierta.",
            Answer.AWAY: "La sala no responde ahora. Quédese en esta página: prueba otra vez por sí sola.",
        }
    )
    not_led = "Quien guía la sesión todavía no llega. En cuanto llegue, sabrá que usted está aquí."
    over_by_clock = "Según el reloj, esta sesión ya terminó. Si nadie le deja entrar ahora, llámenos."
    refused: Mapping[str, str] = MappingProxyType(
        {
            "visit.leads": "Aquí solo quien guía la sesión se llama así. Elija otro nombre.",
            "no_two_of_a_name_in_a_room": "Alguien más se llama así aquí. Agregue una letra, o elija otro nombre.",
            "visit.name": "Escriba lo que deben ver los demás, con 40 letras como máximo.",
            "visit.names": "Fueron muchos nombres. Espere unos minutos, o llámenos.",
            "check_in.call_back": "Esto no es un número de teléfono.",
            "too_many": "Fue mucho de una vez. Espere un momento.",
            "too_large": "Esto es demasiado de una vez.",
            "not_json": "Esto no se pudo leer.",
            "visit.not_inside": "Usted no está en la sala.",
            "caption.length": "Es muy largo para pasarlo. Dígalo con menos palabras.",
        }
    )

    # The room's page
    skip = "Ir a la sala"
    demonstration = "Demostración: todo aquí es inventado."
    demonstration_link = "El reloj y lo que hay que ver"
    need_somebody = "¿Necesita hablar con alguien ahora?"
    call_988 = "Llame al 988 y oprima el 2"
    text_988 = "Envíe AYUDA al 988"
    needs_scripts = "Esta página necesita JavaScript."
    needs_scripts_why = "Por ahí pasan el sonido y la imagen. Permítalo para esta página."
    or_call_us = "O llámenos:"
    not_whole = "Esta página no llegó completa."
    weak_now = "Puede que su señal esté débil ahora."
    load_again = "Cargarla otra vez"
    happens = "Lo que pasa aquí"
    going_heading = "Un momento"
    going = "Le llevamos a la sala."
    let_in_from_here = "Desde aquí le dejan entrar. Quédese en esta página, sigue por sí sola. Todavía nadie le oye ni le ve."
    not_right = "¿Algo no está bien? Llámenos:"
    locked_heading = "La sala está cerrada por el momento"
    locked = "El grupo no quiere interrupciones ahora. Quédese aquí: en cuanto se abra otra vez, entra sin hacer nada."
    out_heading = "No está en la sala"
    to_the_start = "Volver al principio"

    # Before she goes in
    check_heading = "Antes de pasar a la sala"
    how_seen = "Cómo le verán los demás"
    camera_is_off = "Su cámara está apagada"
    use_microphone = "Usar mi micrófono"
    how_loud = "Qué tan fuerte se le oye"
    microphone = "Micrófono"
    use_camera = "Usar mi cámara"
    camera = "Cámara"
    speakers = "Altavoces"
    play = "Tocar un sonido"
    try_again = "Probar otra vez"
    browser_asks = "Un momento: su navegador pregunta si esta página puede usar su cámara y su micrófono."
    nothing_recorded = "No se graba nada. Lo que elija aquí lo puede cambiar adentro."

    # Inside
    in_heading = "En la sala"
    silent = "Su navegador retiene el sonido."
    sound_on = "Prender el sonido"
    people_here = "Quiénes están aquí"
    microphone_off = "micrófono apagado,"
    leads = "guía"
    hand_up = "mano levantada"
    written = "Palabras escritas"
    write_heading = "Escriba a todos los que están aquí"
    close = "Cerrar"
    close_writing = "lo de escribir"
    close_view = "lo que ve"
    your_words = "Sus palabras"
    your_words_hint = "Para subtítulos, o cuando no puede hablar. Se pasan a los demás y no se guardan."
    send = "Enviar"
    view_heading = "Lo que ve"
    pictures = "Imágenes"
    pictures_all = "De todos"
    pictures_few = "De cuatro como máximo, los últimos que hablaron"
    pictures_none = "Ninguna: solo sonido, para una señal débil"
    how_sharp = "Qué tan nítido"
    sharp = "Nítido"
    less_sharp = "Menos nítido, con la cuarta parte de los datos"
    controls = "Sus botones"
    microphone_key = "Prender o apagar el micrófono"
    microphone_short = "Micro"
    camera_key = "Prender o apagar la cámara"
    hand_key = "Levantar o bajar la mano"
    hand = "Mano"
    off = "no"
    down = "abajo"
    write_key = "Escribir a todos"
    write = "Escribir"
    view = "Vista"
    leave = "Salir"
    keys = "Teclas"
    room: Mapping[str, str] = MappingProxyType(
        {
            "somebody": "Alguien",
            "leads_the_session": "(guía la sesión)",
            "not_passed_on": "No se pudo pasar. Pruebe otra vez.",
            "seen_and_heard": "Los demás le verán y le oirán.",
            "heard_only": "Los demás le oirán y no le verán. Está bien así.",
            "seen_only": "Los demás le verán y no le oirán. Puede escribirles.",
            "listens_only": "Usted oirá y verá a los demás; ellos no le oirán ni le verán. Puede escribirles.",
            "go_in": "Entrar",
            "go_in_and_listen": "Entrar y escuchar",
            "say_something": "Diga algo: la barra se mueve.",
            "we_hear_you": "Le oímos.",
            "NotAllowedError": "Esta página todavía no lo puede usar. Permítalo junto a la dirección y toque Probar otra vez.",
            "NotFoundError": "No se encontró ninguno.",
            "NotReadableError": "Otro programa lo está usando. Ciérrelo y toque Probar otra vez.",
            "OverconstrainedError": "El que se eligió ya no está. Elija otro.",
            "not_opened": "No se pudo abrir.",
            "on": "sí",
            "off": "no",
            "up": "arriba",
            "down": "abajo",
            "microphone": "Micrófono",
            "camera": "Cámara",
            "muted": "Su micrófono está apagado.",
            "unmuted": "Ya le pueden oír.",
            "hand_up": "Su mano está levantada.",
            "hand_down": "Su mano está abajo.",
            "hand_failed": "No se pudo mostrar su mano. Pruebe otra vez.",
            "microphone_out": "Se desconectó su micrófono.",
            "camera_out": "Se desconectó su cámara.",
            "muted_by_host": "Quien guía la sesión apagó su micrófono. Lo puede prender otra vez.",
            "back": "Ya está aquí otra vez.",
            "in": "Ya está adentro.",
            "one_other": "Hay 1 persona más.",
            "others": "Hay {count} personas más.",
            "nobody_else": "Todavía no hay nadie más.",
            "refused": "Esta vez no le dejaron entrar.",
            "removed": "Ya no está en la sala. Alguien de su equipo se comunica con usted.",
            "over": "Esta sesión ya terminó.",
            "elsewhere": "Este enlace ya no abre la sala.",
            "left": "Usted salió. Puede volver mientras dure la sesión.",
            "line_broke": "Se cortó la línea. Seguimos probando; no tiene que hacer nada.",
            "line_back": "No se llega a la sala ahora. Seguimos probando; no tiene que hacer nada.",
            "line_away": "La sala de video está por abrir. Seguimos probando; no tiene que hacer nada.",
            "line_weak": "La señal está débil. Quédese aquí; la esperamos.",
            "people": "{count} personas",
            "came_in": "Llegó: {names}.",
            "went": "Salió: {names}.",
            "you": "Usted",
            "keys": "Teclas",
            "show_keys": "Mostrar estas teclas",
            "single_keys": "Las teclas solas hacen algo",
            "close": "Cerrar",
        }
    )

    def starts(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Su sesión empieza {self.at_time(at.astimezone(zone))}")

    def started(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Su sesión empezó {self.at_time(at.astimezone(zone))}")

    def starts_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Su sesión empieza el {self.on(at, zone)}, {self.at_time(at.astimezone(zone))}, según el reloj de donde está."

    def open_from(self, at: datetime, zone: ZoneInfo) -> str:
        when = self.at_time(at.astimezone(zone))
        return (
            f"Puede entrar desde {when.removeprefix('a ')}. Vuelva entonces a esta página, o déjela abierta."
        )

    def link_from(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Este enlace sirve desde el {self.on(at, zone)}, {self.at_time(at.astimezone(zone))}")

    def was_on(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Fue el {self.on(at, zone)}, {self.at_time(at.astimezone(zone))}")

    def planned_for(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Estaba prevista para el {self.on(at, zone)}, {self.at_time(at.astimezone(zone))}")

    def until(self, at: datetime, zone: ZoneInfo) -> str:
        return f"hasta {self.at_time(at.astimezone(zone)).removeprefix('a ')}"

    def same_place(self, at: datetime, zone: ZoneInfo, begins: str, state: str) -> str:
        return f"El mismo lugar que el {self.on(at, zone)}: «{begins}», {state}"

    def you_are_in(self, state: str) -> str:
        return f"Nos dijo que está en {state}."

    def contact(self, name: str) -> str:
        return f"¿En una emergencia todavía hay que llamar a {name}?"

    def number_ending(self, name: str, digits: str) -> str:
        return f"{name} (número que termina en {digits})"

    def call(self, number: str) -> str:
        return f"Llamar al {number}"

    def questions(self) -> str:
        return "¿Preguntas?"
