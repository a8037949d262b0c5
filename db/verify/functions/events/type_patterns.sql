begin;

select 'booking.type_patterns(text[])'::regprocedure;

rollback;
