"""Manifests as people have them, made ready to be applied to a new cluster."""
