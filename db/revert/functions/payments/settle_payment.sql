begin;

drop function booking.settle_payment(uuid, uuid, text, uuid, text, text, numeric, text);

commit;
