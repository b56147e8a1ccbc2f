"""PHQ-9 and GAD-7, with the translation for Spanish speakers in the United States that their authors give out."""

from typing import Final

from rejoin.domain.measures.instrument import (
    ENGLISH,
    SPANISH,
    Band,
    Instrument,
    Item,
    Scale,
    options,
)

_OFTEN: Final = options(
    "Not at all",
    "Several days",
    "More than half the days",
    "Nearly every day",
    spanish=("Ningún día", "Varios días", "Más de la mitad de los días", "Casi todos los días"),
)
_LEAD: Final = {
    ENGLISH: "Over the last 2 weeks, how often have you been bothered by any of the following problems?",
    SPANISH: "Durante las últimas 2 semanas, ¿qué tan seguido ha tenido molestias debido a los siguientes problemas?",
}
_FREE: Final = "No permission required to reproduce, translate, display or distribute."
_PHQ9: Final = (
    ("Little interest or pleasure in doing things", "Poco interés o placer en hacer cosas"),
    ("Feeling down, depressed, or hopeless", "Se ha sentido decaído(a), deprimido(a) o sin esperanzas"),
    (
        "Trouble falling or staying asleep, or sleeping too much",
        "Ha tenido dificultad para quedarse o permanecer dormido(a), o ha dormido demasiado",
    ),
    ("Feeling tired or having little energy", "Se ha sentido cansado(a) o con poca energía"),
    ("Poor appetite or overeating", "Sin apetito o ha comido en exceso"),
    (
        "Feeling bad about yourself - or that you are a failure or have let yourself or your family down",
        "Se ha sentido mal con usted mismo(a) - o que es un fracaso o que ha quedado mal con usted mismo(a) o con su familia",
    ),
    (
        "Trouble concentrating on things, such as reading the newspaper or watching television",
        "Ha tenido dificultad para concentrarse en ciertas actividades, tales como leer el periódico o ver la televisión",
    ),
    (
        (
            "Moving or speaking so slowly that other people could have noticed? Or the opposite - being so fidgety or restless "
            "that you have been moving around a lot more than usual"
        ),
        (
            "¿Se ha movido o hablado tan lento que otras personas podrían haberlo notado? o lo contrario - muy inquieto(a) o "
            "agitado(a) que ha estado moviéndose mucho más de lo normal"
        ),
    ),
    (
        "Thoughts that you would be better off dead or of hurting yourself in some way",
        "Pensamientos de que estaría mejor muerto(a) o de lastimarse de alguna manera",
    ),
)
_GAD7: Final = (
    (
        "Feeling nervous, anxious or on edge",
        "Se ha sentido nervioso(a), ansioso(a) o con los nervios de punta",
    ),
    ("Not being able to stop or control worrying", "No ha sido capaz de parar o controlar su preocupación"),
    ("Worrying too much about different things", "Se ha preocupado demasiado por motivos diferentes"),
    ("Trouble relaxing", "Ha tenido dificultad para relajarse"),
    (
        "Being so restless that it is hard to sit still",
        "Se ha sentido tan inquieto(a) que no ha podido quedarse quieto(a)",
    ),
    ("Becoming easily annoyed or irritable", "Se ha molestado o irritado fácilmente"),
    (
        "Feeling afraid as if something awful might happen",
        "Ha tenido miedo de que algo terrible fuera a pasar",
    ),
)


def _items(asked: tuple[tuple[str, str], ...], *, concern: int | None = None) -> tuple[Item, ...]:
    return tuple(
        Item(
            id=str(number),
            asks={ENGLISH: english, SPANISH: spanish},
            options=_OFTEN,
            concern_from=1 if number == concern else None,
        )
        for number, (english, spanish) in enumerate(asked, 1)
    )


def _all(count: int) -> tuple[str, ...]:
    return tuple(str(each) for each in range(1, count + 1))


PHQ9: Final = Instrument(
    key="phq9",
    version="9",
    name="PHQ-9",
    lead=_LEAD,
    items=_items(_PHQ9, concern=9),
    scales=(
        Scale(
            key="phq9",
            name="PHQ-9",
            items=_all(9),
            lowest=0,
            highest=27,
            bands=(
                Band(least=0, words="minimal"),
                Band(least=5, words="mild"),
                Band(least=10, words="moderate"),
                Band(least=15, words="moderately severe"),
                Band(least=20, words="severe"),
            ),
            bands_source="Kroenke, Spitzer and Williams 2001: cut-offs 5, 10, 15, 20",
        ),
    ),
    recall_days=14,
    every_days=14,
    licence=_FREE,
    source="Spitzer, Williams, Kroenke and colleagues; Spanish for the United States as given out with it",
)
GAD7: Final = Instrument(
    key="gad7",
    version="7",
    name="GAD-7",
    lead=_LEAD,
    items=_items(_GAD7),
    scales=(
        Scale(
            key="gad7",
            name="GAD-7",
            items=_all(7),
            lowest=0,
            highest=21,
            bands=(
                Band(least=0, words="minimal"),
                Band(least=5, words="mild"),
                Band(least=10, words="moderate"),
                Band(least=15, words="severe"),
            ),
            bands_source="Spitzer, Kroenke, Williams and Löwe 2006: cut-offs 5, 10, 15",
        ),
    ),
    recall_days=14,
    every_days=7,
    licence=_FREE,
    source="Spitzer, Kroenke, Williams and Löwe; Spanish for the United States as given out with it",
)
