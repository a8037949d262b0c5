begin;

drop function booking.fill_blackouts(booking.blackouts[]);

commit;
