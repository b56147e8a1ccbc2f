"""What she is told at the door. Kind, plain, and it never blames."""

from types import MappingProxyType
from typing import Final

from rejoin.visits.granting import Answer
from rejoin.visits.inside import is_led
from rejoin.visits.visitor import Visitor

WHY_NOT: Final = MappingProxyType(
    {
        Answer.CHECK_IN: "Tell us first where you are right now.",
        Answer.ELSEWHERE: "We cannot let you in from where you are today. It does not count as missed, and somebody calls you.",
        Answer.GRANTED: "You may go in whenever you are ready.",
        Answer.WAITING: "Your facilitator sees that you are here, and lets you in.",
        Answer.REFUSED: "You cannot come in right now. Somebody of your team gets in touch with you.",
        Answer.REMOVED: "You are not in the room any more. Somebody of your team gets in touch with you.",
        Answer.LOCKED: "The room is closed to newcomers right now. As soon as it is opened again, you may go in.",
        Answer.CLOSED: "The room is not open.",
        Answer.AWAY: "The room does not answer right now. Stay on this page: it tries again by itself.",
    }
)
"""By why she is given no grant."""
NOT_LED: Final = (
    "Your facilitator is not in the room yet. She is told that you are here as soon as she comes."
)
OVER: Final = "By the clock this session is over. If nobody lets you in now, call us."


def words_for(answer: Answer, visitor: Visitor) -> str:
    """What she is told of where she stands: what is true at this moment."""
    if answer is not Answer.WAITING:
        return WHY_NOT[answer]
    if visitor.session.ends_at <= visitor.at:
        return OVER
    return WHY_NOT[answer] if is_led(visitor.session.pk) else NOT_LED


STATES: Final = (
    *(("AL", "Alabama"), ("AK", "Alaska"), ("AZ", "Arizona"), ("AR", "Arkansas"), ("CA", "California")),
    *(("CO", "Colorado"), ("CT", "Connecticut"), ("DE", "Delaware"), ("DC", "District of Columbia")),
    *(("FL", "Florida"), ("GA", "Georgia"), ("HI", "Hawaii"), ("ID", "Idaho"), ("IL", "Illinois")),
    *(("IN", "Indiana"), ("IA", "Iowa"), ("KS", "Kansas"), ("KY", "Kentucky"), ("LA", "Louisiana")),
    *(("ME", "Maine"), ("MD", "Maryland"), ("MA", "Massachusetts"), ("MI", "Michigan"), ("MN", "Minnesota")),
    *(("MS", "Mississippi"), ("MO", "Missouri"), ("MT", "Montana"), ("NE", "Nebraska"), ("NV", "Nevada")),
    *(("NH", "New Hampshire"), ("NJ", "New Jersey"), ("NM", "New Mexico"), ("NY", "New York")),
    *(("NC", "North Carolina"), ("ND", "North Dakota"), ("OH", "Ohio"), ("OK", "Oklahoma"), ("OR", "Oregon")),
    *(("PA", "Pennsylvania"), ("PR", "Puerto Rico"), ("RI", "Rhode Island"), ("SC", "South Carolina")),
    *(("SD", "South Dakota"), ("TN", "Tennessee"), ("TX", "Texas"), ("UT", "Utah"), ("VT", "Vermont")),
    *(("VA", "Virginia"), ("VI", "Virgin Islands"), ("WA", "Washington"), ("WV", "West Virginia")),
    *(("WI", "Wisconsin"), ("WY", "Wyoming")),
)
ELSEWHERE: Final = ("ZZ", "Outside the United States")
"""No state: nobody is licensed there. ISO 3166 leaves these letters to whoever needs them."""
