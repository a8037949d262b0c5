begin;

select 'booking.find_terms(booking.resources, booking.members, integer, integer, interval, tstzrange, uuid[])'::regprocedure;

rollback;
