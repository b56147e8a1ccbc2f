"""Cases and their ladders, reviews, safety dispositions and the way to a final outcome."""
