begin;

drop function booking.forget_words(uuid, uuid);

commit;
