begin;

select 'booking.elapsed(interval)'::regprocedure;

rollback;
