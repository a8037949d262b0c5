begin;

drop trigger _700_keep_series_on_delete on booking.reservations;
drop trigger _300_keep_series_on_insert on booking.reservations;
drop function booking.keep_series();

commit;
