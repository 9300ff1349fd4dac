"""Who reaches whom: links between places, what kube-proxy knows, and the flows of clients."""
