begin;

drop trigger _100_emit_event_on_delete on booking.reservations;
drop trigger _100_emit_event_on_update on booking.reservations;
drop function booking.emit_reservation_events();

commit;
