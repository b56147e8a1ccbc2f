"""The words of people's records."""

from rejoin.domain.kernel import Word


class Language(Word):
    ENGLISH = "en"
    SPANISH = "es"


class AgeBand(Word):
    """Whom a group is for by age. A band and no birthday: nothing here needs to know more."""

    ADOLESCENT = "adolescent"
    ADULT = "adult"
    OLDER_ADULT = "older_adult"


class Gender(Word):
    """As she says. Asked for only where a group is for some alone."""

    WOMAN = "woman"
    MAN = "man"
    NONBINARY = "nonbinary"


class AddressKind(Word):
    EMAIL = "email"
    PHONE = "phone"


class Relation(Word):
    """Who somebody is to the patient. The first two are words of the policy document."""

    GUARDIAN = "guardian"
    EMERGENCY_CONTACT = "emergency_contact"
    SUPPORTER = "supporter"
    COURT = "court"
    PAYER = "payer"


class Purpose(Word):
    """What a consent allows somebody to be told about (42 CFR 2.31(a)(5): the purpose is named)."""

    MESSAGES = "messages"
    """Messages to the patient herself."""
    ATTENDANCE = "attendance"
    SAFETY = "safety"
    SCHEDULING = "scheduling"
    BILLING = "billing"


class WhyClosed(Word):
    """Why somebody around her is told nothing, whatever is signed. A word and no story: that is in her notes."""

    ENDANGERS = "endangers"
    """To tell them could endanger her."""
    SHE_ASKS = "she_asks"
    COURT = "court"
    """A court's order."""
    JUDGEMENT = "judgement"
    """A clinician's, in her interest."""
