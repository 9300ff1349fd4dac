"""Volumes and claims: matching, binding, and who makes them."""
