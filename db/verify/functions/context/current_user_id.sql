begin;

select 'booking.current_user_id()'::regprocedure;

rollback;
