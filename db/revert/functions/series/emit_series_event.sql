begin;

drop trigger _100_emit_event on booking.series;
drop function booking.emit_series_event();

commit;
