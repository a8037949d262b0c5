begin;

select 'booking.assess_transition(booking.assessment, text, boolean, interval)'::regprocedure;

rollback;
