begin;

drop table booking.members;

commit;
