"""Where a fleet lives: `sim` composes the fakes in virtual time, `kind` drives real clusters."""
