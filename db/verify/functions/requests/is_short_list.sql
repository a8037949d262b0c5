begin;

select 'booking.is_short_list(text[], integer, integer)'::regprocedure;

rollback;
