"""The day under fault: workers, web and database killed at random moments, and the same end as without.

A scripted day (`script`) in a synthetic program (`world`) is run twice, with the real processes (`crew`):
once undisturbed, once with everything going wrong that we know of (`mischief`). Program time moves in
steps, and only when the system has come to rest (`rest`): faults hit while the work of a step is under
way, and so both runs know the same facts at the same program time. Then the two ends are compared row by
row (`ending`), and each run is asked the questions whose answer must be "none" (`checks`).
"""
