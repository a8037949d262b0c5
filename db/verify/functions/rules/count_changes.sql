begin;

select 'booking.count_changes(booking.assessment, text, tstzrange)'::regprocedure;

rollback;
