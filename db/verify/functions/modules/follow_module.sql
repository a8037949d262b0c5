begin;

select 'booking.follow_module()'::regprocedure;

rollback;
