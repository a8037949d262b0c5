begin;

select 'booking.list_crowded_more(booking.assessment)'::regprocedure;

rollback;
