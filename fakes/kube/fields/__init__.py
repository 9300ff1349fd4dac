"""managedFields and server-side apply: who owns which field of an object."""
