"""Why: every decision carries the rules that led to it."""

import msgspec


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One step of why a decision came out as it did.

    `rule` names the rule by its place in the policy document ("presence.credit") or in the house
    ("house.waiting_room"); `text` says in plain words what it found; `cite` is the rule's source.
    """

    rule: str
    text: str
    cite: str | None = None
