begin;

drop trigger _100_emit_event on booking.blackouts;
drop function booking.emit_blackout_event();

commit;
