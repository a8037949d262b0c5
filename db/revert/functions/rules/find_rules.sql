begin;

drop function booking.find_rules(booking.resources);

commit;
