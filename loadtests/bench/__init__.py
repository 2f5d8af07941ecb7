"""``make bench``: ratios taken in one run on one machine, beside baselines whose source stands here."""
