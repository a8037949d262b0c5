begin;

drop trigger _900_emit_event on booking.series;
drop function booking.emit_series_event();

commit;
