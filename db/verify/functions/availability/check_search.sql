begin;

select 'booking.check_search(integer, integer, interval, timestamptz, timestamptz)'::regprocedure;

rollback;
