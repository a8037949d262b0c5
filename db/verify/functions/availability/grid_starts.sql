begin;

select 'booking.grid_starts(interval, text, interval, tstzrange)'::regprocedure;

rollback;
