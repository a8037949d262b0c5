begin;

select 'booking.begin_assessment(booking.request, uuid)'::regprocedure;

rollback;
