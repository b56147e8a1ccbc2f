"""The model that ships: coefficients as JSON, with where they come from (rejoin/estimating/shipped)."""

from functools import cache
from importlib import resources
from typing import Any

import msgspec
import numpy as np

from rejoin.domain.risk.estimating import Models
from rejoin.domain.risk.logistic import Fit

KINDS = ("untested", "tested", "away", "lapse")


class Shipped(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it lies. `provenance` says what was fitted on what, and under which licence that came."""

    provenance: dict[str, Any]
    between_sites: float
    fits: dict[str, dict[str, Any]]


@cache
def shipped() -> Shipped:
    lying = resources.files("rejoin.estimating") / "shipped" / "contact.json"
    return msgspec.json.decode(lying.read_bytes(), type=Shipped)


@cache
def shipped_models() -> Models:
    told = shipped()
    fits = {kind: _fit_of(told.fits[kind]) for kind in KINDS}
    return Models(
        untested=fits["untested"],
        tested=fits["tested"],
        away=fits["away"],
        lapse=fits["lapse"],
        between_sites=told.between_sites,
    )


def as_document(models: Models) -> dict[str, Any]:
    """What `Shipped.fits` holds of these models."""
    made = {kind: getattr(models, kind) for kind in KINDS}
    return {kind: _as_plain(fitted) for kind, fitted in made.items() if fitted is not None}


def _as_plain(fitted: Fit) -> dict[str, Any]:
    arrays = {name: getattr(fitted, name).tolist() for name in ("mean", "scale", "low", "high", "beta")}
    return {"names": list(fitted.names), **arrays, "covariance": fitted.covariance.tolist()}


def _fit_of(told: dict[str, Any]) -> Fit:
    arrays = {name: np.array(told[name], np.float64) for name in ("mean", "scale", "low", "high", "beta")}
    return Fit(names=tuple(told["names"]), covariance=np.array(told["covariance"], np.float64), **arrays)
