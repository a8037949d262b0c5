begin;

drop function booking.allowed_starts(booking.narrowing, tstzrange);

commit;
