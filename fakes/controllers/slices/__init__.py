"""EndpointSlices: one pod as an endpoint, and how endpoints are laid into slices."""
