"""Whom the team may lose contact with: dated facts first, an estimate with its uncertainty second."""
