"""The engine of Seatrial: kernel, ports, history, world, faults, checkers, runner, reports."""
