begin;

drop table booking.events;

commit;
