begin;

drop trigger _600_offer_withheld on api.opening_exceptions;
drop trigger _400_withhold_offers on api.opening_exceptions;
drop trigger _600_offer_withheld on api.opening_hours;
drop trigger _400_withhold_offers on api.opening_hours;
drop trigger _600_offer_withheld on api.booking_rules;
drop trigger _400_withhold_offers on api.booking_rules;
drop trigger _600_offer_withheld on api.resources;
drop trigger _400_withhold_offers on api.resources;
drop function booking.offer_after_statement();

commit;
