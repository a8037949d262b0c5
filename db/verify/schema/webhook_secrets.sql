begin;

select 'booking.webhook_secrets'::regclass;

rollback;
