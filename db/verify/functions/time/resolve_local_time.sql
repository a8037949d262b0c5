begin;

select 'booking.resolve_local_time(timestamp, text, text)'::regprocedure;

rollback;
