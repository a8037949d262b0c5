begin;

select 'booking.make_transition(booking.request, text, uuid, integer, boolean, interval)'::regprocedure;

rollback;
