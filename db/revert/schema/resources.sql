begin;

drop view api.resources;
drop table booking.resources;

commit;
