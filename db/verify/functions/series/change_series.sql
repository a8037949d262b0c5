begin;

select 'booking.change_series(text, uuid, text, uuid, text, integer, boolean)'::regprocedure;

rollback;
