begin;

delete from booking.event_consumers where name = 'webhooks';
drop view api.webhook_deliveries;
drop table booking.webhook_deliveries;

commit;
