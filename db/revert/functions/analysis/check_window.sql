begin;

drop function booking.check_window(timestamptz, timestamptz, text, bigint);

commit;
