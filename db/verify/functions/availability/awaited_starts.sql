begin;

select 'booking.awaited_starts(uuid, uuid, interval, interval, interval)'::regprocedure;

rollback;
