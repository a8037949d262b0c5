begin;

select 'booking.next_free_at(uuid, uuid, tstzrange, uuid[])'::regprocedure;

rollback;
