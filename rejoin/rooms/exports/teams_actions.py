"""The oldest Teams list: one line for every time that somebody joined or left."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rejoin.rooms.exports.clocks import Order, Written, instants, read_each_way, read_written
from rejoin.rooms.exports.faults import Complaints, Fault, shorten
from rejoin.rooms.exports.people import read_caller
from rejoin.rooms.exports.tables import Row, plain_header, plain_headers
from rejoin.rooms.sightings import Context, Reading, RoomFile, Sighting

# The actions in the languages whose lists were seen.
_JOINED = frozenset(
    {
        *("joined", "joined before", "beigetreten", "zuvor beigetreten", "a rejoint", "rejoint"),
        *("a rejoint avant", "se unió", "se unió antes", "unido", "entrou", "ingressou", "ingressou antes"),
        *("partecipazione iniziata", "aggiunto", "deelgenomen", "eerder deelgenomen", "参加済み", "已加入"),
    }
)
_LEFT = frozenset(
    {
        *("left", "verlassen", "a quitté", "parti", "salió", "abandonó", "ha salido", "saiu", "uscito"),
        *("abbandonato", "verlaten", "退出済み", "已离开"),
    }
)


@dataclass(slots=True, kw_only=True)
class _Action:
    line: int
    display: str
    is_join: bool
    at: Written


def looks_like_actions(head: Sequence[Row]) -> bool:
    """Whether the first rows are a name, an action and a time."""
    if not head or len(head[0].cells) < 3:
        return False
    if plain_headers(head[0])[:3] == ["full name", "user action", "timestamp"]:
        return True
    return len(head) > 1 and all(plain_header(row.cell(1)) in _JOINED | _LEFT for row in head[1:3])


def read_actions(rows: Sequence[Row], file: str, context: Context) -> RoomFile:
    """A list of user actions."""
    complaints = Complaints(file)
    actions: list[_Action] = []
    for row in rows[1:]:
        with complaints.at(row.line, rows[0].cell(2)):
            actions.append(_read_action(row, rows[0]))
    complaints.settle()
    twelve_hour = any(action.at.twelve_hour for action in actions)

    def build(order: Order) -> Reading:
        return Reading(label="", sightings=_pair(actions, order, file, context))

    return RoomFile(
        file=file,
        format="Teams list of user actions",
        provider="teams",
        readings=read_each_way(
            [action.at for action in actions],
            Order.MONTH_FIRST if twelve_hour else Order.DAY_FIRST,
            build,
        ),
    )


def _read_action(row: Row, header: Row) -> _Action:
    word = plain_header(row.cell(1))
    if word not in _JOINED | _LEFT:
        raise Fault(f"{shorten(row.cell(1))} is neither a join nor a leave", field=header.cell(1))
    return _Action(line=row.line, display=row.cell(0), is_join=word in _JOINED, at=read_written(row.cell(2)))


def _place(
    actions: Sequence[_Action], order: Order, file: str, context: Context
) -> dict[tuple[str, datetime, bool], int]:
    """Each action once, with the line it first stands on.

    In the hour that is passed twice a person's actions are taken to be in the order of the file.
    """
    complaints = Complaints(file)
    placed: dict[tuple[str, datetime, bool], int] = {}
    latest: dict[str, datetime] = {}
    for action in actions:
        with complaints.at(action.line, "Timestamp"):
            meant = instants(action.at, order, context.zone)
            after = latest.get(action.display, meant[0])
            at = next((instant for instant in meant if instant >= after), meant[0])
            latest[action.display] = at
            placed.setdefault((action.display, at, action.is_join), action.line)
    complaints.settle()
    return placed


def _pair(actions: Sequence[_Action], order: Order, file: str, context: Context) -> list[Sighting]:
    """Joins with leaves of the same name, first in first out: two devices give two sightings."""
    placed = _place(actions, order, file, context)
    open_joins: dict[str, deque[tuple[int, datetime]]] = defaultdict(deque)
    sightings: list[Sighting] = []
    # In the same second the leave comes first: that is a reconnection.
    for display, at, is_join in sorted(placed, key=lambda action: action[1:]):
        line = placed[display, at, is_join]
        if is_join:
            open_joins[display].append((line, at))
        elif open_joins[display]:
            joined_line, joined_at = open_joins[display].popleft()
            sightings.append(_sighting(joined_line, display, joined_at, at))
        else:
            sightings.append(_sighting(line, display, None, at))
    for display, joins in open_joins.items():
        sightings += [_sighting(line, display, at, None) for line, at in joins]
    return sorted(sightings, key=lambda sighting: sighting.line)


def _sighting(line: int, display: str, joined_at: datetime | None, left_at: datetime | None) -> Sighting:
    phone, dial_in = read_caller(display)
    return Sighting(
        provider="teams",
        source="teams-csv",
        line=line,
        display=display,
        phone=phone,
        joined_at=joined_at,
        left_at=left_at,
        leave_reported=left_at is not None,
        dial_in=dial_in,
    )
