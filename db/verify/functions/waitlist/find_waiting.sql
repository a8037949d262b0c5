begin;

select 'booking.find_waiting(booking.resources, booking.booking_rules, tstzrange, integer)'::regprocedure;

rollback;
