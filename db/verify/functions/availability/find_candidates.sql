begin;

select 'booking.find_candidates(booking.members, text, text[], integer, uuid[], integer, interval, tstzrange)'::regprocedure;

rollback;
