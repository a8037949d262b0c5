begin;

select 'booking.list_occurrences(booking.series, integer)'::regprocedure;

rollback;
