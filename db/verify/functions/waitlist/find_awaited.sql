begin;

select 'booking.find_awaited(booking.resources, booking.booking_rules, integer)'::regprocedure;

rollback;
