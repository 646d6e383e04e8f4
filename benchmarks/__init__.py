"""Speed, cost and growth: measured beside floors and a naive peer, as ratios within one minute."""
