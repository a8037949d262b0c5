begin;

drop function booking.yields(uuid, uuid);

commit;
