begin;

drop function booking.find_free_starts(uuid, booking.candidate[], booking.terms[], integer, uuid[]);

commit;
