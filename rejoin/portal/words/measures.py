"""What her pages say around a measure, in each language. The measure's own words are its authors' (`rejoin/domain/measures`)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.portal.words.dates import EnglishDates, SpanishDates, ended


class English(EnglishDates):
    """Methods are for what is put together; all take instants and her zone."""

    language: str = "en"
    list_heading: str = "How you are doing"
    list_lead: str = (
        "A few short questions. Your answers help your team to help you. You may leave out what you want."
    )
    nothing: str = "There are no questions for you right now."
    with_team_heading: str = "With your team"
    with_team_text: str = "Your team asks you these in a session or by phone. There is nothing to do now."
    back: str = "Back to Today"
    back_to_list: str = "How you are doing"
    titles: Mapping[str, str] = MappingProxyType(
        {
            "phq9": "How you have been feeling",
            "gad7": "Worry and nerves",
            "pcl5": "After a hard time",
            "audit_c": "Alcohol",
            "bam": "What helps, and what gets in the way",
            "cssrs": "Your safety",
            "craving": "Cravings",
            "belonging": "You and your group",
            "gcq": "Your group as a whole",
        }
    )
    who_reads: str = "Your team reads your answers. They are part of your record."
    only_english: str = "We only have these words in English. Your team can go through them with you."
    only_if: str = "Skip this one if it does not fit your answer above."
    send: str = "Send my answers"
    rather_not_heading: str = "You would rather not?"
    rather_not_text: str = "That is fine. Your place in the program stays the same."
    rather_not_why: str = "Why, if you want to say"
    rather_not: str = "I'd rather not answer"
    left: str = "A few answers are left. Yours are all still here."
    left_one: str = "Please pick the one that fits best."
    you_answered: str = "You answered questions about how you are."
    thanks_heading: str = "Thank you"
    thanks_text: str = "Your team has your answers. There is nothing more to do."
    declined_text: str = "We will not ask you this again now. Thank you for telling us."
    closed_heading: str = "This is closed"
    closed_text: str = "The time to answer this is over. Nothing is wrong. There will be a next time."
    not_here_heading: str = "Your team asks you this"
    not_here_text: str = "We do not ask this here right now, so that a person is there when you answer. Your team will ask you."
    heard_heading: str = "Thank you for telling us"
    heard_text: str = "It is good that you told us. You are not alone with this. A person on your team is asked to call you."
    heard_next: str = "They will ask how you are, and what would help you now."
    heard_wait: str = "You do not have to wait for us. You can call or text 988 at any hour, day or night."

    def until(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Open until {self.time(at.astimezone(zone))} on {self.on(at, zone)}")

    def missed_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"This came with your session on {self.on(at, zone)}. We missed you."

    def call_by(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        return ended(f"They are asked to call by {self.moment(at, now, zone)}")

    def nobody_before(self, at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        """`at`: when somebody looks next; None: nobody can say."""
        if at is None:
            return "We cannot say when somebody on your team sees this."
        return ended(f"It may be that nobody on your team sees this before {self.moment(at, now, zone)}")


class Spanish(SpanishDates, English):
    """With usted."""

    language = "es"
    list_heading = "Cómo está usted"
    list_lead = "Unas pocas preguntas cortas. Sus respuestas ayudan a su equipo a ayudarle. Puede dejar lo que no quiera."
    nothing = "No hay preguntas para usted en este momento."
    with_team_heading = "Con su equipo"
    with_team_text = "Su equipo le pregunta esto en una sesión o por teléfono. Ahora no tiene que hacer nada."
    back = "Volver a Hoy"
    back_to_list = "Cómo está usted"
    titles = MappingProxyType(
        {
            "phq9": "Cómo se ha sentido",
            "gad7": "Preocupación y nervios",
            "pcl5": "Después de algo muy duro",
            "audit_c": "El alcohol",
            "bam": "Lo que ayuda y lo que estorba",
            "cssrs": "Su seguridad",
            "craving": "Ganas de consumir",
            "belonging": "Usted y su grupo",
            "gcq": "Su grupo en conjunto",
        }
    )
    who_reads = "Su equipo lee sus respuestas. Son parte de su expediente."
    only_english = "Solo tenemos estas palabras en inglés. Su equipo puede leerlas con usted."
    only_if = "Deje esta si no va con su respuesta de arriba."
    send = "Enviar mis respuestas"
    rather_not_heading = "¿Prefiere no contestar?"
    rather_not_text = "Está bien. Su lugar en el programa sigue igual."
    rather_not_why = "Por qué, si quiere decirlo"
    rather_not = "Prefiero no contestar"
    left = "Faltan algunas respuestas. Las suyas siguen aquí."
    left_one = "Elija la que más se parezca, por favor."
    you_answered = "Usted contestó preguntas sobre cómo está."
    thanks_heading = "Gracias"
    thanks_text = "Su equipo ya tiene sus respuestas. No tiene que hacer nada más."
    declined_text = "No se lo preguntamos más por ahora. Gracias por decirlo."
    closed_heading = "Esto ya cerró"
    closed_text = "Ya pasó el tiempo para contestar. No pasa nada malo. Habrá otra vez."
    not_here_heading = "Esto se lo pregunta su equipo"
    not_here_text = "Ahora no lo preguntamos aquí, para que haya una persona cuando usted conteste. Su equipo le va a preguntar."
    heard_heading = "Gracias por decirlo"
    heard_text = "Qué bueno que lo dijo. No tiene que pasar por esto sin ayuda. Le pedimos a una persona de su equipo que le llame."
    heard_next = "Le va a preguntar cómo está y qué le ayuda ahora."
    heard_wait = (
        "No tiene que esperar. Puede llamar al 988 a toda hora, de día o de noche. En español, oprima el 2."
    )

    def until(self, at: datetime, zone: ZoneInfo) -> str:
        return ended(f"Se puede contestar hasta el {self.on(at, zone)}, {self.at_time(at.astimezone(zone))}")

    def missed_on(self, at: datetime, zone: ZoneInfo) -> str:
        return f"Esto es de su sesión del {self.on(at, zone)}. Nos hizo falta."

    def call_by(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        return ended(f"Esa persona tiene que llamarle a usted a más tardar {self.moment(at, now, zone)}")

    def nobody_before(self, at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
        if at is None:
            return "No podemos decirle cuándo lo verá alguien de su equipo."
        return ended(
            f"Puede ser que nadie de su equipo lo vea todavía. Vuelven a mirar {self.moment(at, now, zone)}"
        )


SPOKEN: Final[Mapping[str, English]] = MappingProxyType({"en": English(), "es": Spanish()})


def words_in(language: str) -> English:
    """English where there are none in it."""
    return SPOKEN.get(language, SPOKEN["en"])
