begin;

drop function booking.refuse_priority(booking.booking_rules, integer);

commit;
