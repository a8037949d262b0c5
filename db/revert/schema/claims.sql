begin;

drop table booking.claims;

commit;
