"""The words of long work."""

from rejoin.domain.kernel import Word


class Kind(Word):
    """What may be asked for. Who does it is named in the settings (LONG_WORK)."""

    IMPORT = "import"
    """A program's folder, brought in."""
    EXPORT = "export"
    """A program's folder or one of its tables, taken out."""
    REPLAY = "replay"
    """A program's history, decided again under another policy."""
    PLAN = "plan"
    """A program's make-ups, planned now."""
    WHAT_IF = "what_if"
    """The same with extra sessions that nobody has scheduled."""


OF_MAKE_UPS = (Kind.PLAN, Kind.WHAT_IF)
"""Asked for by whoever plans make-ups; all else by whoever governs the program."""


class State(Word):
    """How far it is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """Somebody stopped it. Nothing of it stands."""


OVER = (State.DONE, State.FAILED, State.STOPPED)
OVER_WORDS = [each.value for each in OVER]
"""As a constraint writes them."""


class Part(Word):
    """What a file of a piece of work is."""

    BROUGHT = "brought"
    """It came with the asking."""
    RESULT = "result"
    PROBLEMS = "problems"
    """What is wrong with what was brought: file, line, field and why."""
    LINES = "lines"
    """What it came to patient by patient."""


class Table(Word):
    """What a program is taken out as, table by table (`operations.exporting`)."""

    ROSTER = "roster"
    SESSIONS = "sessions"
    IDENTITIES = "identities"
    STAFF = "staff"
    CONSENTS = "consents"
    BIRTHS = "births"
    GUARDIANS = "guardians"
    CLOSINGS = "closings"
    SERIES = "series"
    POLICY = "policy"
    MEASURES = "measures"
    SCORES = "scores"
    PROGRESS = "progress"
    ESTIMATES = "estimates"
