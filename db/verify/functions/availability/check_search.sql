begin;

select 'booking.check_search(timestamptz, timestamptz, interval, text, text[], uuid[], integer, integer)'::regprocedure;

rollback;
