begin;

select 'booking.check_owner(booking.request, uuid)'::regprocedure;

rollback;
