begin;

select 'booking.find_reservations_in_the_way(booking.blackouts[])'::regprocedure;

rollback;
