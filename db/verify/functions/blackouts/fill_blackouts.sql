begin;

select 'booking.fill_blackouts(booking.blackouts[])'::regprocedure;

rollback;
