begin;

drop view api.events;
drop function booking.event_data(booking.events);

commit;
