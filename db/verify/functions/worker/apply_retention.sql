begin;

select 'booking.apply_retention(integer, integer)'::regprocedure;

rollback;
