"""Scenarios as data, shelved by family."""
