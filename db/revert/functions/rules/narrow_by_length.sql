begin;

drop function booking.narrow_by_length(booking.narrowing, interval, boolean);

commit;
