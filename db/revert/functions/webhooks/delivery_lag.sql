begin;

drop function booking.delivery_lag();

commit;
