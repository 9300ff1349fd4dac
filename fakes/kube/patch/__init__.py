"""Three ways to say what changes in a JSON object. Inputs are never mutated; what does not change stays the same."""
