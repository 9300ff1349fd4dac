"""The scores, one a file: NAME, WEIGHT and the value from 0 to 100 that a node gets."""
