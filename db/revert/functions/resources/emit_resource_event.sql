begin;

drop trigger _100_emit_event_on_update on booking.resources;
drop trigger _100_emit_event on booking.resources;
drop function booking.emit_resource_event();

commit;
