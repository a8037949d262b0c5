begin;

select 'booking.find_free_starts(uuid, booking.candidate[], booking.terms[], integer, uuid[])'::regprocedure;

rollback;
