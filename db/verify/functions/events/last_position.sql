begin;

select 'booking.last_position()'::regprocedure;

rollback;
