begin;

select 'booking.check_standing(booking.request, booking.resources, booking.booking_rules)'::regprocedure;

rollback;
