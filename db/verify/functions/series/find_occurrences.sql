begin;

select 'booking.find_occurrences(booking.series, text, uuid)'::regprocedure;

rollback;
