begin;

drop function booking.check_priority(booking.member_role, booking.booking_rules, integer);

commit;
