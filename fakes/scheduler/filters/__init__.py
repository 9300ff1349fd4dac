"""The filters, one a file: NAME, the refusals with the real texts, and `wakes`, its queueing hint."""
