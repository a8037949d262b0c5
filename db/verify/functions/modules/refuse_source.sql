begin;

select 'booking.refuse_source()'::regprocedure;

rollback;
