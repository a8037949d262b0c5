begin;

select 'booking.apply_retention(integer, integer, interval)'::regprocedure;

rollback;
