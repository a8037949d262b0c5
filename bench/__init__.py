"""The benchmarks: Berth side by side with a bare exclusion constraint, in a throw-away cluster of their own."""
