begin;

select 'booking.set_buffers()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_200_set_buffers';

rollback;
