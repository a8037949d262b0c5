begin;

drop function booking.retry_delay(integer);

commit;
