begin;

select 'booking.remember_response(booking.request, anyelement)'::regprocedure;

rollback;
