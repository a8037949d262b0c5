begin;

drop function booking.find_resource(uuid, uuid);

commit;
