"""States, as she chooses the one she is in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
IN_SPANISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "HI": "Hawái",
        "LA": "Luisiana",
        "MI": "Míchigan",
        "MS": "Misisipi",
        "MO": "Misuri",
        "NH": "Nuevo Hampshire",
        "NJ": "Nueva Jersey",
        "NM": "Nuevo México",
        "NY": "Nueva York",
        "NC": "Carolina del Norte",
        "ND": "Dakota del Norte",
        "OR": "Oregón",
        "PA": "Pensilvania",
        "SC": "Carolina del Sur",
        "SD": "Dakota del Sur",
        "VI": "Islas Vírgenes",
        "WV": "Virginia Occidental",
        "DC": "Distrito de Columbia",
        "ZZ": "Fuera de los Estados Unidos",
    }
)
"""Those that are called otherwise in Spanish."""
