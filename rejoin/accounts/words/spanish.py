"""Signing in, in Spanish: *usted*, and nothing that would have to know whether she is a woman or a man."""

from collections.abc import Mapping
from types import MappingProxyType

from rejoin.accounts.words.english import English


class Spanish(English):
    language = "es"
    other_language = "en"
    in_other_language = "English"

    # Around every page
    skip = "Ir al contenido"
    demonstration = "Demostración: todo esto es inventado."
    demonstration_link = "El reloj y lo que hay que ver"
    marks: Mapping[str, str] = MappingProxyType(
        {"error": "No se hizo.", "warning": "Con cuidado.", "success": "Hecho.", "info": "Aviso."}
    )
    put_right = "Hay algo que corregir"
    optional = "(opcional)"
    crisis = "En una crisis alguien le responde en español, de día y de noche."
    call_988 = "Llame al 988 y oprima el 2"
    text_988 = "Envíe AYUDA al 988"
    first_page = "Ir a la primera página"

    # Signing in
    sign_in = "Entrar"
    address = "Correo electrónico"
    password = "Contraseña"  # noqa: S105 - words
    forgotten = "¿Olvidó su contraseña?"
    by_passkey = "Entrar con una llave de acceso"
    passkey_failed = "No funcionó. Intente otra vez, o siga de otra manera."
    to_sign_in = "Ir a la entrada"
    back_to_sign_in = "Volver a la entrada"
    ended = "Su sesión se cerró: no se hizo nada aquí por un rato, o fue un día largo."

    # Signing out
    sign_out = "Salir"
    sign_out_lead = "Lo que escribió en otra página y no guardó se pierde."
    stay = "No salir"

    # The second step
    second_step = "Segundo paso"
    code = "Código"
    code_hint = "De su aplicación, o uno de sus códigos de respaldo."
    use_passkey = "Usar una llave de acceso"
    codes_gone = (
        "¿No tiene su teléfono ni sus códigos? Llámenos. Quien le invitó puede mandarle otra invitación."
    )
    start_again = "Empezar de nuevo"

    # A password: by an invitation, or anew
    choose = "Elija una contraseña"
    once = "Este enlace sirve una vez."
    new_hint = "Al menos 12 letras o números. Tres o cuatro palabras sueltas son fáciles de recordar."
    again = "La misma otra vez"
    save_and_go_on = "Guardar y seguir"
    new = "Una contraseña nueva"
    new_lead = (
        "Escriba el correo con el que entra. Si lo conocemos, le mandamos una carta. "
        "En ella hay un enlace para elegir otra contraseña."
    )
    send = "Mándenme la carta"
    look = "Revise su correo"
    on_its_way = "Si conocemos este correo, la carta va en camino. El enlace sirve por una hora, una vez."
    nothing_came = (
        "¿No llegó nada en diez minutos? Mire también en el correo no deseado. "
        "Luego llame a quien le invitó. Le puede ayudar."
    )
    choose_new = "Elija una contraseña nueva"
    new_password = "Contraseña nueva"  # noqa: S105 - words
    everywhere = "Al cambiarla, su cuenta se cierra en todas partes."
    save = "Guardar la contraseña nueva"
    is_changed = "Su contraseña cambió"
    useless = "Este enlace ya no sirve"
    used_or_old = "Ya se usó, o tiene más de una hora."
    useless_lead = "Quien se lo mandó puede hacer otro."
    ask_again = "Pedir otro"

    # What was not right
    errors: Mapping[str, str] = MappingProxyType(
        {
            "email_password_mismatch": "El correo o la contraseña no es correcta.",
            "enter_current_password": "Esta no es su contraseña de ahora.",
            "incorrect_password": "Esta no es su contraseña.",
            "invalid_password_reset": "Este enlace ya no sirve.",
            "rate_limited": "Hubo demasiados intentos. Espere cinco minutos y pruebe otra vez.",
            "too_many_login_attempts": "Hubo demasiados intentos. Espere cinco minutos y pruebe otra vez.",
            "incorrect_code": "Este código no es correcto, o ya se usó.",
            "required": "Escriba algo aquí, por favor.",
            "invalid": "Esto no es un correo electrónico.",
            "password_too_short": "Es muy corta. Use al menos 12 letras o números.",
            "password_too_common": "Mucha gente usa esta contraseña. Elija otra.",
            "password_entirely_numeric": "Use también letras, no solo números.",
            "password_too_similar": "Se parece mucho a su correo. Elija otra.",
            "not_the_same": "Escriba la misma contraseña en los dos lugares.",
        }
    )

    # Nothing here
    nothing = "No hay nada aquí"
    nothing_heading = "Aquí no hay nada para usted"
    nothing_lead = (
        "O no hay nada en esta dirección, o no es para usted. "
        "Si alguien le mandó aquí, pregunte si la dirección es correcta."
    )
    too_many = "Demasiados intentos"
    too_many_lead = "Espere unos minutos y pruebe otra vez. Su cuenta no queda cerrada para siempre."
    send_again = "Por favor, mándelo otra vez"
    send_again_why = (
        "La página estuvo abierta tanto tiempo que no pudimos saber si era usted. No se guardó nada."
    )
    send_again_how = "Vuelva atrás, copie lo que escribió, abra la página de nuevo y mándelo otra vez."
    not_understood = "No se entendió"
    not_understood_heading = "No entendimos lo que pidió"
    not_understood_lead = "Vuelva atrás y pruebe otra vez. Si pasa de nuevo, llámenos."

    # Letters
    subjects: Mapping[str, str] = MappingProxyType(
        {
            "reset": "Una contraseña nueva",
            "password": "Su contraseña cambió",
            "second_factor": "Cambió su manera de entrar",
        }
    )
    letters: Mapping[str, str] = MappingProxyType(
        {
            "reset": """\
Alguien pidió una contraseña nueva para la cuenta que entra con este correo en {base}.

Si fue usted, elija una aquí dentro de una hora:

{link}

Si no fue usted, no haga nada: su contraseña queda como está.
""",
            "password": """\
La contraseña de la cuenta que entra con este correo en {base} se cambió hace un momento.

Si no fue usted, pida otra enseguida y avise a su programa:

{link}
""",
            "second_factor": """\
El segundo paso para entrar (una aplicación, una llave de acceso o códigos en papel) se cambió hace un momento \
en la cuenta que entra con este correo en {base}.

Si no fue usted, pida otra contraseña enseguida y avise a su programa:

{link}
""",
        }
    )

    def signs_in_with(self, email: str) -> str:
        return f"Usted entra con {email} y con la contraseña que elija aquí."
