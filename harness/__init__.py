"""The engine of Seatrial: kernel, ports, history, world, faults, checkers, runner, reports."""

__version__ = "0.1.0.dev0"
