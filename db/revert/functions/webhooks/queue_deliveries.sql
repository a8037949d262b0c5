begin;

drop function booking.queue_deliveries(booking.webhook_endpoints, booking.events[]);

commit;
