begin;

drop function booking.offer_withheld(boolean);

commit;
