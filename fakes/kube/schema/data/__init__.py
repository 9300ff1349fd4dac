"""Generated tables, one for each Kubernetes minor: see ../generate.py."""
