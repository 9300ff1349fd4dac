"""Admission plug-ins, one file each; `chain` runs those that concern a resource, in the real order."""
