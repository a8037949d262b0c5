begin;

select 'booking.enter_tenant(booking.member_role)'::regprocedure;

rollback;
