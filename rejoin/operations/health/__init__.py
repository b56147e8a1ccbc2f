"""Whether all is well. Each check is one question; what is not well says what to do about it.

A worker, a vendor or a clock that stops must not be noticed by the absence of news: each of them makes a
check fail within a minute or two, whoever asks and on whichever machine.
"""
