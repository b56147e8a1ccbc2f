"""What a patient may say of why she cannot come. It is hers to say or not."""

from types import MappingProxyType
from typing import Final

from rejoin.domain.kernel import Word


class Why(Word):
    """Her reason, by the word that is kept. Those that a policy may accept are the policy document's own."""

    ILLNESS = "illness"
    DATA_PLAN = "data_plan_exhausted"
    CHILD_CARE = "child_care"
    WORK = "work"
    CRAVING = "craving"
    FELT_WORSE = "felt_worse"
    COURT = "court"
    BEREAVEMENT = "bereavement"
    TRANSPORT = "transport"
    NO_PHONE = "no_phone"
    HOSPITALISED = "hospitalised"
    OTHER = "other"
    UNSAID = ""


ALWAYS_ASKED: Final = (
    Why.ILLNESS,
    Why.DATA_PLAN,
    Why.CHILD_CARE,
    Why.WORK,
    Why.CRAVING,
    Why.FELT_WORSE,
)
"""What she can choose whatever her program's policy is; beside these, what that policy accepts."""
TELLS_A_PERSON: Final = frozenset({Why.CRAVING, Why.FELT_WORSE})
"""Her team hears of it at once, whatever else she writes or leaves out."""
STAFF_READ: Final = MappingProxyType(
    {
        Why.ILLNESS: "is ill",
        Why.DATA_PLAN: "has no data left",
        Why.CHILD_CARE: "has nobody to watch a child",
        Why.WORK: "has to work",
        Why.CRAVING: "has cravings",
        Why.FELT_WORSE: "feels worse",
        Why.COURT: "has to be in court",
        Why.BEREAVEMENT: "has lost somebody",
        Why.TRANSPORT: "has no way to get there",
        Why.NO_PHONE: "has no phone",
        Why.HOSPITALISED: "is in hospital",
        Why.OTHER: "gives another reason",
        Why.UNSAID: "gives no reason",
    }
)
"""As whoever reads her words is told it."""
