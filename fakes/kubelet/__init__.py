"""Machines, kubelets and what runs on them; the behaviour stands in stage tables."""
