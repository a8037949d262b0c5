begin;

drop view api.events;
drop table booking.events;

commit;
