"""Mails to members about their reservations: from the log of changes into an outbox, and from there to an SMTP server."""
