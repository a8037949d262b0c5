begin;

drop trigger _900_emit_event_on_update on booking.resources;
drop trigger _900_emit_event on booking.resources;
drop function booking.emit_resource_event();

commit;
