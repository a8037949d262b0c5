begin;

select 'booking.apply_retention(integer)'::regprocedure;

rollback;
