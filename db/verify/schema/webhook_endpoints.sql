begin;

select 'booking.webhook_endpoints'::regclass;
select 'api.webhook_endpoints'::regclass;

rollback;
