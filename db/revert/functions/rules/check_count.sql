begin;

drop function booking.check_count(booking.resources, booking.booking_rules, text, uuid);

commit;
