"""What the gateway is worth: how fast it is beside others (``bench``, ``peers``), and how it bears load."""
