begin;

select 'booking.refuse_transition(booking.reservation_status, text)'::regprocedure;

rollback;
