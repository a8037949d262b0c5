begin;

drop function booking.forget_created(jsonb, booking.reservations[]);

commit;
