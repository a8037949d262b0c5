begin;

select 'booking.due_reservations'::regclass;

rollback;
