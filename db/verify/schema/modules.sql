begin;

select 'booking.modules'::regclass;
select 'booking.reservations_by_source'::regclass;
select 'booking.module_row'::regtype;

rollback;
