begin;

select 'booking.make_reservation(booking.assessment, boolean, interval)'::regprocedure;

rollback;
