"""The kind substrate: real clusters in Docker, on the wall's time."""
