begin;

select 'booking.find_yielding(booking.resources, tstzrange, integer, uuid[])'::regprocedure;

rollback;
