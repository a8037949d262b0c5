begin;

select 'booking.list_open_ranges(booking.resources[], tstzrange)'::regprocedure;

rollback;
