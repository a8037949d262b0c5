begin;

drop function booking.may_be_offered(booking.resources, booking.booking_rules, booking.waitlist_entries);

commit;
