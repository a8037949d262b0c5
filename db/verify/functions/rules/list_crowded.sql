begin;

select 'booking.list_crowded(booking.resources, booking.booking_rules, booking.reservations)'::regprocedure;

rollback;
