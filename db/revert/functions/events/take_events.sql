begin;

drop function booking.take_events(text, integer);

commit;
