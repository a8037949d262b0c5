begin;

drop table booking.event_consumers;

commit;
