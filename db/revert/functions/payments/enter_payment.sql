begin;

drop function booking.enter_payment(uuid);

commit;
