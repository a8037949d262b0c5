begin;

select 'booking.find_bundle(booking.request, uuid)'::regprocedure;

rollback;
