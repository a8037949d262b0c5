begin;

select 'booking.end_deliveries()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.webhook_endpoints'::regclass and tgname = '_900_end_deliveries';

rollback;
