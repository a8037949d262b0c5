begin;

drop function booking.make_token(uuid, uuid);

commit;
