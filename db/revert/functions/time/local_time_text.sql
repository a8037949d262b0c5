begin;

drop function booking.local_time_text(timestamptz, text, timestamptz);

commit;
