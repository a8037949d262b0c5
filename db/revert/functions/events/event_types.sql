begin;

drop function booking.event_types();

commit;
