begin;

drop function booking.find_series(uuid, uuid, booking.member_role, uuid);

commit;
