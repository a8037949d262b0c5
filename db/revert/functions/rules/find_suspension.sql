begin;

drop function booking.find_suspension(uuid, uuid, booking.booking_rules, text);

commit;
