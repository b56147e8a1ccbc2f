"""Scripts for calls that a person makes. For staff's eyes; only what stands under `voicemail` and
`to_others` is said where somebody else may hear it, and that passes the same rules as a message.

Sources: 42 CFR 2.31 (consent names the person and the purpose), 2.51 (a medical emergency: medical personnel
only, written down at once), 2.14 (minors); 45 CFR 164.510(b); HHS FAQ 198 (a voicemail holds a name, a
number and the wish to be called back). Starting points: a program's own clinical lead decides its wording.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rejoin.domain.kernel.refusals import Refusal
from rejoin.outreach.wording import LANGUAGES, Form, Letterhead, Rendered, find_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call. `before` and `afterwards` are for the caller, the rest is spoken."""

    title: str
    speak_with: str
    before: str
    opening: str
    say: tuple[str, ...]
    to_others: str
    voicemail: str
    afterwards: str


_OPENING: Final = {
    "en": "Hello, my name is [your name], calling from {organisation}. May I speak with [full name]?",
    "es": "Hola, me llamo [su nombre], de {organisation}. ¿Puedo hablar con [nombre completo]?",
}
_TO_OTHERS: Final = {
    "en": "Thank you. Would you ask them to call [your name] at {phone}? It is a personal call, nothing more.",
    "es": "Gracias. ¿Puede pedirle que llame a [su nombre] al {phone}? Es una llamada personal, nada más.",
}
_VOICEMAIL: Final = {
    "en": "Hello, this is [your name]. Please call me back at {phone}. Thank you, and take care.",
    "es": "Hola, habla [su nombre]. Por favor, devuélvame la llamada al {phone}. Gracias, y cuídese.",
}
_BEFORE: Final = {
    "en": "Use only the number the patient gave for this. Show {organisation} as the caller's name. Have the "
    "safety plan and the location of the last check-in open. Check two identifiers (full name and date of birth, "
    "given by the person who answers) before you say more than your name.",
    "es": "Use solo el número que el paciente dio para esto. Que aparezca {organisation} como nombre de quien "
    "llama. Tenga abiertos el plan de seguridad y la ubicación del último registro. Compruebe dos datos (nombre "
    "completo y fecha de nacimiento, dichos por quien contesta) antes de decir algo más que su nombre.",
}
_ONLY_PATIENT: Final = {
    "en": "Only the patient. To anybody else: your name, the number, and nothing else; do not confirm that you "
    "know the person. A partner or a parent of an adult needs a consent that names them and this purpose.",
    "es": "Solo con el paciente. A cualquier otra persona: su nombre, el número y nada más; no confirme que "
    "conoce a la persona. La pareja o los padres de un adulto necesitan un consentimiento que los nombre a "
    "ellos y este propósito.",
}
_GUARDIAN: Final = {
    "en": "The guardian whom a consent on file names for attendance, and only about attendance. Where the minor "
    "alone consents to care for substance use, only the minor may allow this call. Nothing the young person "
    "has said in private.",
    "es": "El tutor que un consentimiento vigente nombra para asistencia, y solo sobre asistencia. Donde el menor "
    "consiente por sí solo en la atención por uso de sustancias, solo él puede permitir esta llamada. Nada de "
    "lo que el joven haya dicho en privado.",
}
_AFTERWARDS: Final = {
    "en": "Record the attempt now: whom you reached, when, and what was agreed. Contact is two-way: a voicemail, "
    "a text or somebody else on the line is an attempt.",
    "es": "Anote el intento ahora: a quién localizó, cuándo y qué se acordó. Contacto es de ida y vuelta: un "
    "mensaje de voz, un texto u otra persona al teléfono es un intento.",
}
_IF_AT_RISK: Final = {
    "en": "If the answer is yes or unclear: stay on the line, ask where they are now, follow the safety plan and "
    "bring in the clinician on duty. In danger now: 911. Offer 988 as well.",
    "es": "Si la respuesta es sí o no está clara: no cuelgue, pregunte dónde está ahora, siga el plan de "
    "seguridad y llame al clínico de turno. En peligro inmediato: 911. Ofrezca también el 988 (opción 2, español).",
}


def _script(language: str, *, title: str, say: tuple[str, ...], speak_with: str | None = None) -> Script:
    return Script(
        title=title,
        speak_with=speak_with or _ONLY_PATIENT[language],
        before=_BEFORE[language],
        opening=_OPENING[language],
        say=say,
        to_others=_TO_OTHERS[language],
        voicemail=_VOICEMAIL[language],
        afterwards=_AFTERWARDS[language],
    )


SCRIPTS: Final[Mapping[str, Mapping[str, Script]]] = {
    "first_call": {
        "en": _script(
            "en",
            title="First call after a missed session",
            say=(
                "We missed you today, and I am calling to see how you are. Is now a good moment, and are you alone?",
                "How are you doing? Is there anything you need right now?",
                "What got in the way, if you like to say? We would rather fix it with you than hear an apology.",
                "Would you like to join the rest of today, or shall we look at another time together?",
            ),
        ),
        "es": _script(
            "es",
            title="Primera llamada tras una sesión perdida",
            say=(
                "Hoy le extrañamos y llamo para saber cómo está. ¿Es buen momento? ¿Está a solas?",
                "¿Cómo se encuentra? ¿Necesita algo ahora mismo?",
                "¿Qué se interpuso, si quiere contarlo? Preferimos resolverlo con usted antes que oír disculpas.",
                "¿Quiere unirse a lo que queda de hoy, o buscamos juntos otro momento?",
            ),
        ),
    },
    "tech_help": {
        "en": _script(
            "en",
            title="Help with connecting, while the session runs",
            say=(
                "I am calling in case the connection gives you trouble. Can I help you get in?",
                "We can try the link again, sound without picture, or joining by phone.",
                "If today does not work, that is all right. When may we call you?",
            ),
        ),
        "es": _script(
            "es",
            title="Ayuda para conectarse, durante la sesión",
            say=(
                "Llamo por si la conexión le da problemas. ¿Le ayudo a entrar?",
                "Podemos probar otra vez el enlace, solo sonido sin imagen, o entrar por teléfono.",
                "Si hoy no se puede, no pasa nada. ¿Cuándo podemos llamarle?",
            ),
        ),
    },
    "later_call": {
        "en": _script(
            "en",
            title="A later call, no answer so far",
            say=(
                "I am glad to reach you. There is nothing to explain; we would like to know how you are.",
                "What would make it easier to come back? Time, transport, connection, something in the group?",
                "Shall we set up one small next step: a call with your counselor, or one session?",
                "If you would rather not be called, tell me what suits you instead.",
            ),
        ),
        "es": _script(
            "es",
            title="Otra llamada, sin respuesta hasta ahora",
            say=(
                "Me alegra encontrarle. No tiene que explicar nada; queremos saber cómo está.",
                "¿Qué le haría más fácil volver? ¿Horario, transporte, conexión, algo del grupo?",
                "¿Acordamos un pequeño paso: una llamada con su consejero, o una sesión?",
                "Si prefiere que no le llamemos, dígame qué le conviene más.",
            ),
        ),
    },
    "urgent_call": {
        "en": _script(
            "en",
            title="Call at once: an elevated risk on file",
            say=(
                "I am calling because we care how you are. Where are you right now, and is somebody with you?",
                "Are you safe? Have you had thoughts of hurting yourself or of ending your life today?",
                "Have you used, or taken more than was meant, today?",
                _IF_AT_RISK["en"],
            ),
        ),
        "es": _script(
            "es",
            title="Llamada inmediata: riesgo elevado registrado",
            say=(
                "Llamo porque nos importa cómo está. ¿Dónde está ahora? ¿Hay alguien con usted?",
                "¿Está a salvo? ¿Ha pensado hoy en hacerse daño o en quitarse la vida?",
                "¿Ha consumido hoy, o tomado más de lo previsto?",
                _IF_AT_RISK["es"],
            ),
        ),
    },
    "guardian_call": {
        "en": _script(
            "en",
            title="Call to a guardian",
            speak_with=_GUARDIAN["en"],
            say=(
                "I am calling about today's appointment. [First name] has not been with us so far.",
                "Do you know where they are, and are they safe?",
                "Can you help them connect now, or shall we find another time?",
                "We will also call [first name] directly, as we agreed at the start.",
            ),
        ),
        "es": _script(
            "es",
            title="Llamada al tutor",
            speak_with=_GUARDIAN["es"],
            say=(
                "Llamo por la cita de hoy. [Nombre] aún no ha estado con nosotros.",
                "¿Sabe dónde está, y si está a salvo?",
                "¿Puede ayudarle a conectarse ahora, o buscamos otro momento?",
                "También llamaremos a [nombre] directamente, como acordamos al principio.",
            ),
        ),
    },
    "promised_return_call": {
        "en": _script(
            "en",
            title="A promised return that did not happen",
            say=(
                "We had hoped to see you again, and plans change. How are you?",
                "What would help for the next time? We can start smaller.",
                "When would you like to hear from us again?",
            ),
        ),
        "es": _script(
            "es",
            title="Un regreso prometido que no ocurrió",
            say=(
                "Esperábamos verle de nuevo, y los planes cambian. ¿Cómo está?",
                "¿Qué ayudaría la próxima vez? Podemos empezar con menos.",
                "¿Cuándo le gustaría que le llamemos otra vez?",
            ),
        ),
    },
}


def phone_script(script: str, *, language: str, letterhead: Letterhead) -> Script:
    """The script of a call with names and numbers filled in; a language that we do not have becomes English.

    `Refusal("unknown_script")` for an id that does not exist; `Refusal("unsafe_wording")` when what others
    may hear would disclose, which a telling letterhead is enough for.
    """
    known = language.lower().partition("-")[0]
    found = SCRIPTS.get(script, {}).get(known if known in LANGUAGES else "en")
    if found is None:
        raise Refusal("unknown_script", f"there is no script {script}")
    filled = _fill(found, letterhead)
    for heard in (filled.opening, filled.to_others, filled.voicemail):
        faults = find_faults(Rendered(subject="", body=heard), form=Form.LETTER, letterhead=letterhead)
        if faults:
            raise Refusal("unsafe_wording", f"{script}: {'; '.join(faults)}")
    return filled


def _fill(script: Script, letterhead: Letterhead) -> Script:
    def put(text: str) -> str:
        return text.format(organisation=letterhead.organisation.strip(), phone=letterhead.phone)

    return Script(
        title=script.title,
        speak_with=script.speak_with,
        before=put(script.before),
        opening=put(script.opening),
        say=tuple(put(each) for each in script.say),
        to_others=put(script.to_others),
        voicemail=put(script.voicemail),
        afterwards=script.afterwards,
    )
