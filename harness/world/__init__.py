"""One run: controllers' host, the fleet's injuries, and the phases settle, storm, heal, calm."""
