begin;

select 'booking.swap_settings(jsonb)'::regprocedure;

rollback;
