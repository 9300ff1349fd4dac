"""The API server's verbs, one file each: functions of (core, request, body)."""
