begin;

select 'booking.assess(booking.assessment, text, boolean, interval)'::regprocedure;

rollback;
