begin;

select 'booking.find_series(uuid, uuid, booking.member_role, uuid)'::regprocedure;

rollback;
