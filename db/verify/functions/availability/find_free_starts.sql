begin;

select 'booking.find_free_starts(uuid, booking.candidate[], booking.terms[], integer, interval, uuid[])'::regprocedure;

rollback;
