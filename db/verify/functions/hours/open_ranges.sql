begin;

select 'booking.open_ranges(booking.resources, tstzrange)'::regprocedure;

rollback;
