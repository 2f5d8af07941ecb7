"""What the service's own metrics say during real faults, written down as unit tests for its alerts (promtool)."""
