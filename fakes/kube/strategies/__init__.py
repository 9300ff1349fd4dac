"""What each kind's registry does with an object before it is stored: status, generation, what may change."""
