begin;

select 'booking.type_patterns(text[], text)'::regprocedure;

rollback;
