begin;

select 'booking.queue_deliveries(booking.webhook_endpoints, booking.events[])'::regprocedure;

rollback;
