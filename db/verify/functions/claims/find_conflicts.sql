begin;

select 'booking.find_conflicts(uuid, uuid, tstzrange, uuid[])'::regprocedure;

rollback;
