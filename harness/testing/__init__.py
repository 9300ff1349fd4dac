"""Helpers for tests, shipped to users: builders of objects, a view over them."""
