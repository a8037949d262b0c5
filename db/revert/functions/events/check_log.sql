begin;

drop function booking.check_log(uuid, timestamptz, text);

commit;
