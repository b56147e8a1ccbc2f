"""Signing in, and pages that say that nothing is there, in English. Plain words; nothing blames."""

from collections.abc import Mapping
from types import MappingProxyType


class English:
    """Another language is another class with the same names (`spanish`)."""

    language: str = "en"
    other_language: str = "es"
    in_other_language: str = "Español"

    # Around every page
    skip: str = "Skip to the page"
    demonstration: str = "Demonstration: all of this is made up."
    demonstration_link: str = "The clock, and what to look at"
    marks: Mapping[str, str] = MappingProxyType(
        {"error": "Not done.", "warning": "Careful.", "success": "Done.", "info": "Note."}
    )
    put_right: str = "There is something to put right"
    optional: str = "(optional)"
    crisis: str = "In a crisis, call or text 988, day and night."
    call_988: str = "Call 988"
    text_988: str = "Text 988"
    first_page: str = "Go to the first page"

    # Signing in
    sign_in: str = "Sign in"
    address: str = "E-mail address"
    password: str = "Password"  # noqa: S105 - words
    forgotten: str = "Forgotten your password?"
    by_passkey: str = "Sign in with a passkey"
    passkey_failed: str = "That did not work. Try again, or go on in another way."
    to_sign_in: str = "Go to sign in"
    back_to_sign_in: str = "Back to sign in"
    ended: str = "You were signed out: nothing was done here for a while, or it was a long day."

    # Signing out
    sign_out: str = "Sign out"
    sign_out_lead: str = "What you have typed on another page and not saved is lost."
    stay: str = "Stay signed in"

    # The second step
    second_step: str = "Second step"
    code: str = "Code"
    code_hint: str = "From your app, or one of your recovery codes."
    use_passkey: str = "Use a passkey"
    codes_gone: str = (
        "Your phone and your recovery codes are gone? Call us. Whoever invited you can make a new invitation."
    )
    start_again: str = "Start again"

    # A password: by an invitation, or anew
    choose: str = "Choose a password"
    once: str = "This link works once."
    new_hint: str = (
        "At least 12 characters. Three or four words that do not belong together are easy to keep."
    )
    again: str = "The same once more"
    save_and_go_on: str = "Save and go on"
    new: str = "A new password"
    new_lead: str = "Enter the address you sign in with. If we know it, we send a letter there. In it is a link to choose a new password."
    send: str = "Send me the letter"
    look: str = "Look into your mail"
    on_its_way: str = (
        "If we know this address, a letter is on its way. The link in it works for one hour, once."
    )
    nothing_came: str = (
        "Nothing after ten minutes? Look in your spam, too. Then call whoever invited you. They can help."
    )
    choose_new: str = "Choose a new password"
    new_password: str = "New password"  # noqa: S105 - words
    everywhere: str = "You are signed out everywhere when it is changed."
    save: str = "Save the new password"
    is_changed: str = "Your password is changed"
    useless: str = "This link does not work any more"
    used_or_old: str = "It was used already, or it is more than one hour old."
    useless_lead: str = "Whoever sent it to you can make a new one."
    ask_again: str = "Ask for a new one"

    # What was not right
    errors: Mapping[str, str] = MappingProxyType(
        {
            "email_password_mismatch": "The address or the password is not right.",
            "enter_current_password": "This is not your present password.",
            "incorrect_password": "This is not your password.",
            "invalid_password_reset": "This link does not work any more.",
            "rate_limited": "There were too many attempts. Wait five minutes, then try again.",
            "too_many_login_attempts": "There were too many attempts. Wait five minutes, then try again.",
            "incorrect_code": "This code is not right, or it was used already.",
            "required": "Please fill this in.",
            "invalid": "This is no e-mail address.",
            "password_too_short": "This is too short. Use at least 12 characters.",
            "password_too_common": "Many people use this password. Choose another.",
            "password_entirely_numeric": "Use letters too, and not only numbers.",
            "password_too_similar": "This is too much like your address. Choose another.",
            "not_the_same": "Type the same password in both fields.",
        }
    )
    """By the codes of whoever finds it wrong."""

    # Nothing here
    nothing: str = "Nothing here"
    nothing_heading: str = "There is nothing here for you"
    nothing_lead: str = (
        "Either nothing is at this address, or it is not yours to see. "
        "If somebody sent you here, ask whether the address is right."
    )
    too_many: str = "Too many attempts"
    too_many_lead: str = "Wait a few minutes, then try again. Nobody is locked out for good."
    send_again: str = "Please send it again"
    send_again_why: str = (
        "The page was open for so long that we could not be sure it was you. Nothing was saved."
    )
    send_again_how: str = "Go back, copy what you wrote, load the page anew and send it once more."
    not_understood: str = "Not understood"
    not_understood_heading: str = "We did not understand that request"
    not_understood_lead: str = "Go back and try once more. If it happens again, call us."

    # Letters
    subjects: Mapping[str, str] = MappingProxyType(
        {
            "reset": "A new password",
            "password": "Your password was changed",
            "second_factor": "How you sign in was changed",
        }
    )
    letters: Mapping[str, str] = MappingProxyType(
        {
            "reset": """\
Somebody asked for a new password for the account that signs in with this address at {base}.

If it was you, choose one here within an hour:

{link}

If it was not you, do nothing: your password stays as it is.
""",
            "password": """\
The password of the account that signs in with this address at {base} was changed just now.

If it was not you, ask for a new one at once, and tell whoever looks after the system:

{link}
""",
            "second_factor": """\
The second step of signing in (an app, a passkey or codes on paper) was changed just now for the account that signs \
in with this address at {base}.

If it was not you, ask for a new password at once, and tell whoever looks after the system:

{link}
""",
        }
    )

    def signs_in_with(self, email: str) -> str:
        return f"You sign in with {email} and with the password you choose here."
