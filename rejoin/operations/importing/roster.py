"""What the platform asks of a roster beyond the sidecar: addresses that can be used, and one patient an identifier."""

from collections.abc import Callable

from rejoin.people.addresses import address_fault, normal_address, normal_text
from rejoin.people.vocabulary import AddressKind
from rejoin.sidecar.tables import Row


def _addresses(kind: AddressKind) -> Callable[[str], object]:
    """The addresses of a cell by how they are compared, in whatever order."""

    def read(text: str) -> object:
        return frozenset(normal_address(kind.value, each) for each in text.split(";") if each.strip())

    return read


SAME_IN_ALL_ROWS: dict[str, Callable[[str], object]] = {
    "name": normal_text,
    "email": _addresses(AddressKind.EMAIL),
    "phone": _addresses(AddressKind.PHONE),
    "timezone": str,
    "counselor": normal_text,
}


class OnePatient:
    """Whether the rows under one identifier are of one patient."""

    def __init__(self) -> None:
        self.spelt: dict[str, tuple[str, int]] = {}
        """Identifiers as they are written and where, by how they are compared."""
        self.said: dict[tuple[str, str], tuple[object, int]] = {}
        """What the first row said that said anything, and its line, by patient and column."""

    def check(self, row: Row) -> None:
        """Complain of a row that says otherwise than one above it. A blank cell says nothing."""
        patient = row.text("patient_id")
        if not patient:
            return
        spelt, line = self.spelt.setdefault("".join(patient.split()).casefold(), (patient, row.line))
        if spelt != patient:
            row.complain("patient_id", f"differs from that of line {line} by capitals or spaces alone")
            return
        for column, read in SAME_IN_ALL_ROWS.items():
            said = read(row.text(column))
            if not said:
                continue
            first, line = self.said.setdefault((patient, column), (said, row.line))
            if first != said:
                row.complain(column, f"differs from line {line}, which has the same patient_id")


def check_addresses(row: Row) -> None:
    """The checks of the action that adds an address: one line a cell."""
    for kind in (AddressKind.EMAIL, AddressKind.PHONE):
        faults = [address_fault(kind.value, each) for each in row.several(kind.value)]
        if any(faults):
            row.complain(kind.value, next(filter(None, faults)))
