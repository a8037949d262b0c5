begin;

select 1 / count(*) from pg_catalog.pg_policy where polrelid = 'booking.reservations'::regclass and polname = 'no_estimates';

rollback;
