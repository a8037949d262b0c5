begin;

drop function booking.find_reservations_in_the_way(booking.blackouts[]);

commit;
