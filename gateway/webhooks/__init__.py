"""Webhooks out, by Standard Webhooks: the database keeps the queue, here is what happens on the network."""
