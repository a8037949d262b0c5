begin;

select 'booking.assess_move(booking.assessment, boolean)'::regprocedure;

rollback;
