"""Virtual time, due acts, named randomness: standard library only, no I/O."""
