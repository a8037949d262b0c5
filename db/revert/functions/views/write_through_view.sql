begin;

drop trigger _500_write_through on api.opening_exceptions;
drop trigger _500_write_through on api.opening_hours;
drop trigger _500_write_through on api.booking_rules;
drop trigger _500_write_through on api.resources;
drop function booking.write_through_view();

commit;
