begin;

drop function booking.record_attempts(jsonb);

commit;
