begin;

drop trigger _500_write_through on api.booking_rules;
drop trigger _500_write_through on api.resources;
drop function booking.write_through_view();

commit;
