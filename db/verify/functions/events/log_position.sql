begin;

select 'booking.log_position(xid8)'::regprocedure;

rollback;
