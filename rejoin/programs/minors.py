"""Which entries of the law of minors' consent a program has confirmed: a person's word on one edition, for a while."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.domain.consent import MINORS, MinorRule, Service
from rejoin.domain.kernel import Refusal

LOOK_AGAIN: Final = timedelta(days=365)
"""Statutes change with the sessions of legislatures: whoever confirmed an entry reads it anew each year. Ours."""


class StateConfirmation(Fact):
    """Somebody of the program read a statute and found that the entry says what it says; or took that back."""

    program = models.ForeignKey(
        "programs.Program", on_delete=models.PROTECT, related_name="state_confirmations"
    )
    state = models.CharField(max_length=2)
    service = models.CharField(max_length=20)
    checked_on = models.DateField()
    """The entry's edition that she read."""
    confirmed = models.BooleanField()
    until_at = models.DateTimeField(null=True, blank=True)
    """When somebody has to look again."""

    class Meta:
        constraints: ClassVar = [
            one_of("service", Service, name="confirmation_service_is_known"),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gt=F("at")),
                name="confirmation_ends_after_it_is_given",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "-at"], name="state_confirmation_latest")]


@action("programs.confirm_state")
def confirm_state(
    *, program: models.Model, state: str, service: Service, edition: date, by: Actor, at: datetime
) -> StateConfirmation:
    """The statute was read today and says what our entry says. `edition`: of the entry that she saw."""
    refuse_machines(by, what="confirms what a statute says")
    rule = rule_of(state, service)
    if rule.checked_on != edition:
        raise Refusal(
            "confirmation.edition", "This entry has changed since you opened the page: read it again."
        )
    return _said(program, rule, confirmed=True, until_at=at + LOOK_AGAIN, by=by, at=at)


@action("programs.withdraw_state")
def withdraw_state(
    *, program: models.Model, state: str, service: Service, by: Actor, at: datetime
) -> StateConfirmation:
    """It is no longer so, or was never: both doors close again at once."""
    refuse_machines(by, what="says what a statute says")
    return _said(program, rule_of(state, service), confirmed=False, until_at=None, by=by, at=at)


def rule_of(state: str, service: Service) -> MinorRule:
    """The entry for a service in a state."""
    found = next((each for each in MINORS if (each.state, each.service) == (state, service)), None)
    if found is None:
        raise Refusal("confirmation.no_entry", "There is no entry for this state and this kind of care.")
    return found


def _said(
    program: models.Model,
    rule: MinorRule,
    *,
    confirmed: bool,
    until_at: datetime | None,
    by: Actor,
    at: datetime,
) -> StateConfirmation:
    with refusing():
        made = StateConfirmation.objects.create(
            program_id=program.pk,
            state=rule.state,
            service=rule.service.value,
            checked_on=rule.checked_on,
            confirmed=confirmed,
            until_at=until_at,
            by=str(by),
            at=at,
        )
    verb = "programs.confirm_state" if confirmed else "programs.withdraw_state"
    told = f"{rule.state.lower()}_{rule.service}"
    record(verb, f"confirmation:{made.pk}", by=by, at=at, program=program.pk, reason=told)
    return made
