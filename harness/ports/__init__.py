"""Protocols and frozen values that the parts agree on; nothing here acts."""
