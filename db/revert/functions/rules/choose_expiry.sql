begin;

drop function booking.choose_expiry(booking.resources, interval, boolean);

commit;
