begin;

select 'booking.list_lengths(interval, text, tstzrange)'::regprocedure;

rollback;
