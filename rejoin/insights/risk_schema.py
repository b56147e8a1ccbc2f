"""Who sees what of estimates and comparisons, and who writes it."""

from rejoin.programs.schema import ANSWERS_FOR_IT

OF_EXPERIMENTS = ("insights_experimentstart", "insights_experimentstop", "insights_experimentreading")
FACTS = ("insights_riskrun", "insights_riskestimate", "insights_experiment", *OF_EXPERIMENTS)
WEB_WRITES = dict.fromkeys(("insights_experiment", *OF_EXPERIMENTS), "INSERT")
WEB_READS = ("insights_riskrun", "insights_riskestimate")
"""Workers write them."""
WEB_ALLOTS = {"insights_experimentallotment": "INSERT"}
"""With the first message of a plan that somebody on the web carries out."""
SAID_BY = ANSWERS_FOR_IT
