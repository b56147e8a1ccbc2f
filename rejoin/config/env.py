"""What the environment says, typed. A value that is wrong is refused with its name; its content is never repeated."""

import re
import secrets
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from rejoin.domain.kernel.refusals import Refusal

ROOM_PREFIX = "REJOIN_ROOM_SECRET_"
ENGINES = ("janus", "livekit", "zoom", "jitsi", "bigbluebutton", "daily")
JANUS_SECRETS = ("TOKEN_KEY", "ADMIN_SECRET", "ADMIN_KEY", "EAR_SECRET")
# What each engine elsewhere cannot do without. A Jitsi of 8x8's is told by its KEY_ID.
ENGINE_NEEDS = {
    "livekit": ("URL", "API_KEY", "API_SECRET"),
    "zoom": ("ACCOUNT_ID", "CLIENT_ID", "CLIENT_SECRET", "HOST"),
    "jitsi": ("DOMAIN", "APP_ID", "APP_SECRET"),
    "bigbluebutton": ("URL", "SECRET"),
    "daily": ("DOMAIN", "API_KEY"),
}
JAAS_NEEDS = ("APP_ID", "PRIVATE_KEY")
BBB_DIGESTS = ("sha1", "sha256", "sha384", "sha512")
ENGINE_SCHEMES = {"livekit": ("wss", "ws"), "bigbluebutton": ("https", "http")}
TURN_URL = r"(turns?|stun):[A-Za-z0-9.-]+(:\d{1,5})?(\?transport=(udp|tcp))?"
SHORTEST_SECRET = 16
SHORTEST_SECRET_KEY = 32
# Django has fields of its own for these; the rest of an address is passed on to the driver.
DATABASE_FIELDS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """The account that text messages leave through; the sender is a messaging service or a number."""

    account_sid: str
    auth_token: str
    messaging_service: str | None
    sender: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """A mail server. Outside this machine it is spoken to encrypted or not at all."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailService:
    """A mail service by its own API, by the name Anymail knows it by."""

    service: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vapid:
    """Who we are to the services that carry notices to browsers."""

    public_key: str
    private_key: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything that is set from outside. `dry_run` means that nothing leaves the building."""

    home: Path
    database_url: str | None
    secret_key: str | None
    debug: bool
    dry_run: bool
    demonstration: bool
    """Everything is invented, and a link is enough to sign in. Never where anything is real."""
    base_url: str
    email: Smtp | MailService | None
    email_from: str
    twilio: Twilio | None
    vapid: Vapid | None
    room_secrets: Mapping[str, str]
    engine: str = ""
    """Which video engine our own rooms are in; "": we have none."""
    engine_settings: Mapping[str, str] = field(default_factory=dict)
    """What is set of it: REJOIN_JANUS_ADMIN_URL as "admin_url"."""
    dial_in: str = ""
    """The number that patients without video call; "": there is none."""


def read_environment(variables: Mapping[str, str]) -> Environment:
    """The environment as it is meant, or a refusal that names the variable."""
    given = {name: value.strip() for name, value in variables.items() if value.strip()}
    debug = _switch(given, "REJOIN_DEBUG")
    return Environment(
        home=Path(given.get("REJOIN_HOME", ".rejoin")).expanduser().absolute(),
        database_url=given.get("DATABASE_URL"),
        secret_key=_long_enough(given, "REJOIN_SECRET_KEY", SHORTEST_SECRET_KEY),
        debug=debug,
        dry_run=given.get("REJOIN_DRY_RUN", "").lower() != "off",
        demonstration=_demonstration(given),
        base_url=_base_url(given),
        email=_email(given),
        email_from=given.get("REJOIN_EMAIL_FROM", "rejoin@localhost"),
        twilio=_twilio(given),
        vapid=_vapid(given),
        room_secrets=_room_secrets(given),
        engine=_engine(given),
        engine_settings=_engine_settings(given),
        dial_in=_matching(given, "REJOIN_DIAL_IN", r"\+?[0-9][0-9 ()./#*,-]{4,38}", "a telephone number")
        or "",
    )


def database_settings(url: str) -> dict[str, object]:
    """A PostgreSQL address as Django wants it. The address holds a password: it is never repeated."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise _refused("DATABASE_URL", "must begin with postgresql://")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as wrong:
        raise _refused("DATABASE_URL", "is no address of a PostgreSQL database") from wrong
    if not parts.get("dbname"):
        raise _refused("DATABASE_URL", "names no database: postgresql://user@host/database")
    if not str(parts.get("port", "5432")).isdecimal():
        raise _refused("DATABASE_URL", "has a port that is no number")
    fields = {DATABASE_FIELDS[name]: str(part) for name, part in parts.items() if name in DATABASE_FIELDS}
    options = {name: part for name, part in parts.items() if name not in DATABASE_FIELDS}
    return {"ENGINE": "django.db.backends.postgresql", **fields, "OPTIONS": options}


def kept_secret_key(home: Path) -> str:
    """A key made on first need and kept, so that one machine needs no setting and stays signed in."""
    kept = home / "secret_key"
    home.mkdir(parents=True, exist_ok=True)
    fresh = home / f".secret_key.{secrets.token_hex(8)}"
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(48))
    try:
        kept.hardlink_to(fresh)  # whoever is first wins, and a reader never sees half a key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return kept.read_text()


def is_loopback(host: str | None) -> bool:
    """Is this host the machine itself?"""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _refused(name: str, problem: str) -> Refusal:
    return Refusal("environment", f"{name} {problem}")


def _switch(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name, "off").lower()
    if value not in ("on", "off"):
        raise _refused(name, "must be on or off")
    return value == "on"


def _long_enough(given: Mapping[str, str], name: str, shortest: int) -> str | None:
    value = given.get(name)
    if value is not None and len(value) < shortest:
        raise _refused(name, f"must have at least {shortest} characters")
    return value


def _check_base64(given: Mapping[str, str], name: str) -> None:
    try:
        b64decode(given.get(name, ""), validate=True)
    except ValueError as wrong:
        raise _refused(name, "must be base64, as Daily shows it") from wrong


def _matching(given: Mapping[str, str], name: str, pattern: str, meaning: str) -> str | None:
    value = given.get(name)
    if value is not None and not re.fullmatch(pattern, value):
        raise _refused(name, f"must be {meaning}")
    return value


def _split(name: str, value: str) -> SplitResult:
    """The parts of an address; the port is read here because asking for a wrong one raises."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as wrong:
        raise _refused(name, "is no address") from wrong
    return parts


def _base_url(given: Mapping[str, str]) -> str:
    """Where patients reach us: links in messages are made from it, so it is encrypted or this machine."""
    value = given.get("REJOIN_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    parts = _split("REJOIN_BASE_URL", value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise _refused("REJOIN_BASE_URL", "must be like https://rejoin.example.org, without a path")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise _refused("REJOIN_BASE_URL", "must be https:// unless it is this machine")
    return value


def _demonstration(given: Mapping[str, str]) -> bool:
    """Only on this machine, and with no vendor but those that are on it as well."""
    if not _switch(given, "REJOIN_DEMONSTRATION"):
        return False
    if _base_url(given).startswith("https://"):
        raise _refused("REJOIN_DEMONSTRATION", "must be off where REJOIN_BASE_URL is https://")
    if given.get("REJOIN_DRY_RUN", "").lower() == "off":
        for name, address in _vendors(given):
            if not is_loopback(_split(name, address if "://" in address else f"//{address}").hostname):
                raise _refused("REJOIN_DEMONSTRATION", f"must be off where {name} is not this machine")
    return True


def _vendors(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Where messages would leave to, by the setting that says so; the vendor's own where nothing does."""
    found = [("EMAIL_URL", given["EMAIL_URL"])] if "EMAIL_URL" in given else []
    if any(name.startswith("TWILIO_") for name in given):
        found.append(("TWILIO_API_BASE", given.get("TWILIO_API_BASE", "https://api.twilio.com")))
    if any(name.startswith("REJOIN_VAPID_") for name in given):
        services = given.get("REJOIN_PUSH_SERVICES", "").split() or ["of-the-browsers.example"]
        found += [("REJOIN_PUSH_SERVICES", service) for service in services]
    return found


def _email(given: Mapping[str, str]) -> Smtp | MailService | None:
    value = given.get("EMAIL_URL")
    if value is None:
        return None
    parts = _split("EMAIL_URL", value)
    if not parts.hostname:
        raise _refused("EMAIL_URL", "must be like smtp://user:password@host:587")
    if parts.scheme == "anymail":
        options = {name.upper(): option for name, option in parse_qsl(parts.query)}
        return MailService(service=parts.hostname, options=options)
    if parts.scheme not in ("smtp", "smtps"):
        raise _refused("EMAIL_URL", "must begin with smtp://, smtps:// or anymail://")
    tls = parts.scheme == "smtps"
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=not tls and not is_loopback(parts.hostname),
        tls=tls,
    )


def _twilio(given: Mapping[str, str]) -> Twilio | None:
    account = _matching(given, "TWILIO_ACCOUNT_SID", r"AC[0-9a-f]{32}", "AC and 32 hex digits")
    token = _long_enough(given, "TWILIO_AUTH_TOKEN", SHORTEST_SECRET)
    service = _matching(given, "TWILIO_MESSAGING_SERVICE", r"MG[0-9a-f]{32}", "MG and 32 hex digits")
    sender = _matching(given, "TWILIO_FROM", r"\+[1-9]\d{6,14}|\d{5,6}", "a number like +15551234567")
    if account is None and token is None and service is None and sender is None:
        return None
    if account is None or token is None:
        raise _refused("TWILIO_ACCOUNT_SID", "and TWILIO_AUTH_TOKEN belong together")
    if (service is None) == (sender is None):
        raise _refused("TWILIO_MESSAGING_SERVICE", "or TWILIO_FROM must be set, and not both")
    return Twilio(account_sid=account, auth_token=token, messaging_service=service, sender=sender)


def _vapid(given: Mapping[str, str]) -> Vapid | None:
    names = ("REJOIN_VAPID_PUBLIC_KEY", "REJOIN_VAPID_PRIVATE_KEY", "REJOIN_VAPID_CONTACT")
    public, private, contact = (given.get(name) for name in names)
    if public is None and private is None and contact is None:
        return None
    if public is None or private is None or contact is None:
        raise _refused("REJOIN_VAPID_PUBLIC_KEY", f"belongs together with {names[1]} and {names[2]}")
    if not contact.startswith(("mailto:", "https://")):
        raise _refused("REJOIN_VAPID_CONTACT", "must begin with mailto: or https://")
    return Vapid(public_key=public, private_key=private, contact=contact)


def _room_secrets(given: Mapping[str, str]) -> dict[str, str]:
    """What a video service signs its webhooks with, by the service's name: REJOIN_ROOM_SECRET_ZOOM."""
    for name in given:
        if name.startswith(ROOM_PREFIX):
            _long_enough(given, name, SHORTEST_SECRET)
    _check_base64(given, f"{ROOM_PREFIX}DAILY")
    return {
        name.removeprefix(ROOM_PREFIX).lower(): value
        for name, value in given.items()
        if name.startswith(ROOM_PREFIX)
    }


def _engine(given: Mapping[str, str]) -> str:
    name = given.get("REJOIN_ENGINE", "").lower()
    if name and name not in ENGINES:
        raise _refused("REJOIN_ENGINE", f"must be one of {', '.join(ENGINES)}")
    return name


def _engine_settings(given: Mapping[str, str]) -> dict[str, str]:
    """Everything under the engine's own prefix. Janus' is held to what it cannot do without."""
    name = _engine(given)
    prefix = f"REJOIN_{name.upper()}_"
    found = {
        each.removeprefix(prefix).lower(): value
        for each, value in given.items()
        if name and each.startswith(prefix)
    }
    if name == "janus":
        _check_janus(given, prefix)
    elif name:
        _check_elsewhere(given, prefix, name)
    return found


def _check_elsewhere(given: Mapping[str, str], prefix: str, name: str) -> None:
    """Tokens and keys travel to it: an address has to be encrypted, unless it is this machine."""
    jaas = name == "jitsi" and prefix + "KEY_ID" in given
    for each in JAAS_NEEDS if jaas else ENGINE_NEEDS[name]:
        if prefix + each not in given:
            raise _refused(prefix + each, f"must be set where REJOIN_ENGINE is {name}")
    if name in ENGINE_SCHEMES:
        encrypted, plain = ENGINE_SCHEMES[name]
        parts = _split(prefix + "URL", given[prefix + "URL"])
        if parts.scheme not in (encrypted, plain) or not parts.hostname:
            raise _refused(prefix + "URL", f"must begin with {encrypted}://")
        if parts.scheme == plain and not is_loopback(parts.hostname):
            raise _refused(prefix + "URL", f"must be {encrypted}:// unless it is this machine")
    if name == "bigbluebutton" and given.get(prefix + "DIGEST", "sha256") not in BBB_DIGESTS:
        raise _refused(prefix + "DIGEST", f"must be one of {', '.join(BBB_DIGESTS)}")
    if name == "zoom":
        _switch(given, prefix + "DASHBOARD")


def _check_janus(given: Mapping[str, str], prefix: str) -> None:
    for each in JANUS_SECRETS:
        if _long_enough(given, prefix + each, SHORTEST_SECRET) is None:
            raise _refused(prefix + each, "must be set where REJOIN_ENGINE is janus")
    browsers = _split(prefix + "WS_URL", given.get(prefix + "WS_URL", ""))
    if browsers.scheme not in ("ws", "wss") or not browsers.hostname:
        raise _refused(prefix + "WS_URL", "must be like wss://rooms.example.org")
    if browsers.scheme == "ws" and given.get("REJOIN_BASE_URL", "").startswith("https://"):
        raise _refused(prefix + "WS_URL", "must be wss:// where REJOIN_BASE_URL is https://: browsers insist")
    admin = _split(prefix + "ADMIN_URL", given.get(prefix + "ADMIN_URL", "http://127.0.0.1:7088/admin"))
    if admin.scheme not in ("http", "https") or not admin.hostname:
        raise _refused(prefix + "ADMIN_URL", "must be like http://127.0.0.1:7088/admin")
    ear = _split(prefix + "EAR", "//" + given.get(prefix + "EAR", "127.0.0.1:8189"))
    if not ear.hostname or not ear.port or ear.path:
        raise _refused(prefix + "EAR", "must be like 127.0.0.1:8189")
    _check_turn(given, prefix)


def _check_turn(given: Mapping[str, str], prefix: str) -> None:
    """The relay of those who cannot reach the engine otherwise: its addresses and its secret, or neither."""
    if (prefix + "TURN_URLS" in given) != (prefix + "TURN_SECRET" in given):
        raise _refused(prefix + "TURN_URLS", f"and {prefix}TURN_SECRET belong together")
    _long_enough(given, prefix + "TURN_SECRET", SHORTEST_SECRET)
    _matching(
        given,
        prefix + "TURN_URLS",
        rf"{TURN_URL}(\s*,\s*{TURN_URL})*",
        "like turns:turn.example.org:443?transport=tcp, several with commas between them",
    )
