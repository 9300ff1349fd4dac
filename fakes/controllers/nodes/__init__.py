"""Nodes as controllers see them: health, taints, zones."""
