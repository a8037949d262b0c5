begin;

drop function booking.check_quota(booking.assessment, text, text, numeric);

commit;
