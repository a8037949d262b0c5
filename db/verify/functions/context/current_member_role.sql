begin;

select 'booking.current_member_role()'::regprocedure;

rollback;
