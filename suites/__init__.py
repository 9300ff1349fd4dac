"""Conformance suites: cases with ids, levels and needed features."""
