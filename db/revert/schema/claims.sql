begin;

drop view api.calendar;
drop table booking.claims;

commit;
