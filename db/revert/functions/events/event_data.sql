begin;

drop function booking.event_data(booking.events);

commit;
