begin;

drop trigger _100_follow_rules on booking.opening_exceptions;
drop trigger _100_follow_rules on booking.opening_hours;
drop trigger _100_follow_rules on booking.booking_rules;
drop function booking.follow_rules();

commit;
