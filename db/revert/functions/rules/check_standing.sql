begin;

drop function booking.check_standing(booking.request, booking.resources, booking.booking_rules);

commit;
