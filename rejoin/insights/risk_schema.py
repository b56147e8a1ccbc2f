"""Who sees what of estimates and comparisons, and who writes it."""

from rejoin.common.schema import in_program
from rejoin.programs.schema import ANSWERS_FOR_IT

OF_EXPERIMENTS = ("insights_experimentstart", "insights_experimentstop", "insights_experimentreading")
FACTS = ("insights_riskrun", "insights_riskestimate", "insights_experiment", *OF_EXPERIMENTS)
WEB_WRITES = dict.fromkeys(("insights_experiment", *OF_EXPERIMENTS), "INSERT")
WEB_READS = ("insights_riskrun", "insights_riskestimate")
"""Workers write them."""
WEB_ALLOTS = {"insights_experimentallotment": "INSERT"}
"""With the first message of a plan that somebody on the web carries out."""
OF_ITS_PROGRAM = f"""
(SELECT true FROM insights_experiment AS above
  WHERE above.id = insights_experimentallotment.experiment_id AND {in_program("above.program_id")})
"""  # noqa: S608 - our own expression
"""An allotment's comparison is one of a program of hers."""
SAID_BY = ANSWERS_FOR_IT
