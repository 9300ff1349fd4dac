"""Controllers: each file is the twin of one real controller."""
