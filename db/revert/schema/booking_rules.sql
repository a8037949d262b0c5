begin;

drop view api.booking_rules;
drop table booking.booking_rules;

commit;
