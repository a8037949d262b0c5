begin;

drop function booking.consumer_lag();

commit;
