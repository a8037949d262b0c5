begin;

drop trigger _600_offer_opened on booking.opening_exceptions;
drop trigger _600_offer_opened on booking.opening_hours;
drop trigger _600_offer_opened on booking.booking_rules;
drop function booking.offer_opened();

commit;
