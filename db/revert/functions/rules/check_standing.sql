begin;

drop function booking.check_standing(uuid, uuid, booking.member_role, booking.resources, integer);

commit;
