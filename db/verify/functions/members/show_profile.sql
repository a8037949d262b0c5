begin;

select 'booking.show_profile(booking.members)'::regprocedure;

rollback;
