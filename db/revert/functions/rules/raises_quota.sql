begin;

drop function booking.raises_quota(booking.assessment, text, timestamptz, timestamptz);

commit;
