begin;

drop view api.members;
drop table booking.members;

commit;
