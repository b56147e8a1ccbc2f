"""What she is told of where she stands: what is true at this moment."""

from rejoin.domain.kernel import Refusal
from rejoin.visits.inside import is_led
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Answer


def words_for(answer: Answer, visitor: Visitor) -> str:
    """In her language."""
    say = visitor.say
    if answer is not Answer.WAITING:
        return say.stands[answer]
    if visitor.session.ends_at <= visitor.at:
        return say.over_by_clock
    return say.stands[answer] if is_led(visitor.session.pk) else say.not_led


def why_refused(refusal: Refusal, visitor: Visitor) -> str:
    """To whoever leads as it was refused; to her in her language."""
    return refusal.message if visitor.host else visitor.say.refused.get(refusal.code, refusal.message)
