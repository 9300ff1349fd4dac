"""What people hand in: scenarios, fleets and manifests, read with file:line:column errors into frozen values."""
