begin;

drop trigger _900_emit_events_on_delete on booking.reservations;
drop trigger _400_emit_events_on_update on booking.reservations;
drop trigger _900_emit_events_on_insert on booking.reservations;
drop function booking.emit_reservation_events();

commit;
