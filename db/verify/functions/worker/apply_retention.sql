begin;

select 'booking.apply_retention(integer, interval)'::regprocedure;

rollback;
