begin;

drop function booking.find_place(booking.resources, booking.booking_rules, booking.waitlist_entries, tstzmultirange);

commit;
