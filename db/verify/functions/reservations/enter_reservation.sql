begin;

select 'booking.enter_reservation()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_500_enter_reservation';

rollback;
