"""What ``berth report`` tells of a tenant: how its resources are used, when, and what became of requests."""
