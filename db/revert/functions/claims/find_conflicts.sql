begin;

drop function booking.find_conflicts(uuid, uuid, tstzrange, uuid[]);

commit;
