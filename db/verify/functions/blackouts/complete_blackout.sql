begin;

select 'booking.complete_blackout()'::regprocedure;

rollback;
