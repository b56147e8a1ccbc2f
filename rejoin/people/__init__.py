"""Patients, staff, licences, contacts, consents and preferences."""
