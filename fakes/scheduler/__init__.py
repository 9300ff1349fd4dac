"""The kube-scheduler's twin."""
