begin;

select 'booking.next_free_at(booking.resources, booking.reservations, uuid[])'::regprocedure;

rollback;
