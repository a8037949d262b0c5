begin;

drop function booking.smallest_amount(text);

commit;
