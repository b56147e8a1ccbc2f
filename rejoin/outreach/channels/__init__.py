"""Ways a message leaves the building: texts, e-mail, browser notices; and the scripts for a call by a person."""
