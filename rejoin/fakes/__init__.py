"""Vendors that live on this machine: they ship with the product, for the demo and for tests.

Each is a program of its own (`python -m rejoin.fakes.sms_vendor --port 0 --ledger FILE`) that prints
`{"port": N}` on one line, keeps a ledger of everything it took, and misbehaves on request.
"""
