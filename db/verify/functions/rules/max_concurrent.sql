begin;

select 'booking.list_crowds(booking.resources, text, uuid, tstzrange, integer, uuid[])'::regprocedure;
select 'booking.check_max_concurrent(booking.assessment)'::regprocedure;
select 'booking.narrow_max_concurrent(booking.narrowing)'::regprocedure;

rollback;
