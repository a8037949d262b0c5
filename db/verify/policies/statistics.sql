begin;

select 1 / count(*) from pg_catalog.pg_attribute where attrelid = 'booking.reservations'::regclass and attname = 'title' and attstattarget = 0;

rollback;
