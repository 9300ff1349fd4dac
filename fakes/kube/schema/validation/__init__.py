"""What the API server refuses, and in which words; `judge.validate` is the way in."""
