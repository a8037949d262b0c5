begin;

drop function booking.sweep_lag();

commit;
