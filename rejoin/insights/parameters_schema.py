"""Who sees the parameters of a program: its staff. The engine alone writes them."""

FACTS = ("insights_progressfit",)
WEB_READS = FACTS
