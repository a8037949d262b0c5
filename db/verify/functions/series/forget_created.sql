begin;

select 'booking.forget_created(jsonb, booking.reservations[])'::regprocedure;

rollback;
