"""Words that several controllers share: pure functions over objects, and their common memory."""
