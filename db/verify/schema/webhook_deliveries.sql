begin;

select 'booking.webhook_deliveries'::regclass;
select 'api.webhook_deliveries'::regclass;
select 1 / count(*) from booking.event_consumers where name = 'webhooks';

rollback;
