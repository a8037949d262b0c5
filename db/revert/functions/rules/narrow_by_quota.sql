begin;

drop function booking.narrow_by_quota(booking.narrowing, text, text, numeric);

commit;
