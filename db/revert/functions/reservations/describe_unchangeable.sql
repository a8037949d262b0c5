begin;

drop function booking.describe_unchangeable(text, booking.reservations);

commit;
