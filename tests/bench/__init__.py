"""The numbers of the README, measured: `python -m tests.bench`, or `tox -e bench`. Never part of a test."""
