begin;

select 'booking.assess_creation(booking.assessment, boolean, interval)'::regprocedure;

rollback;
