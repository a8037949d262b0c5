begin;

drop function booking.list_use(uuid, uuid[], timestamptz, timestamptz);

commit;
