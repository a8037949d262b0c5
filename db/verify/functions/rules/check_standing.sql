begin;

select 'booking.check_standing(uuid, uuid, booking.member_role, booking.resources, integer)'::regprocedure;

rollback;
