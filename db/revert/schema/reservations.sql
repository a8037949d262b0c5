begin;

drop view api.reservations;
drop table booking.reservations;

commit;
