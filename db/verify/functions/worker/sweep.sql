begin;

select 'booking.sweep(integer)'::regprocedure;

rollback;
