"""A simulated Kubernetes API server: store, schema, admission, verbs."""
