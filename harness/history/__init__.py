"""The run's product: an append-only log of what happened, its codec and its digest."""
