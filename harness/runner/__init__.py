"""From a request to a verdict: names are bound before anything starts, then runs are forked from a settled world."""
