begin;

drop function booking.describe_refusal(booking.reservations, text, text, text, text);

commit;
