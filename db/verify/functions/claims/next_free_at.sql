begin;

select 'booking.next_free_at(booking.resources, timestamptz, timestamptz, integer, uuid[])'::regprocedure;

rollback;
