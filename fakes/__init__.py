"""Stand-ins: a simulated Kubernetes and what surrounds it, in one process and in virtual time."""
