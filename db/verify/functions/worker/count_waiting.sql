begin;

select 'booking.count_waiting()'::regprocedure;

rollback;
